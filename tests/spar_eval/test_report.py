"""The report page: what is in it, and that nothing in a response can get out of it. No browser is needed."""

from __future__ import annotations

import base64
import hashlib
import json
import math
import re
import shutil
import subprocess
from dataclasses import asdict, replace
from html.parser import HTMLParser
from importlib import resources
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from spar_data.core.errors import SparError
from spar_data.core.intervals import Estimate, wilson
from spar_eval.cli.main import cli
from spar_eval.report.differences import differences
from spar_eval.report.page import LONGEST, page, render
from spar_eval.results import Check, Item, Result, Table
from spar_eval.run_folder import load_result, save_result
from spar_eval.statistics.paired import newcombe
from spar_eval.statistics.shares import clustered

EVIL = "</script><script>alert(1)</script><!--<script><img src=x onerror=alert(2)>&amp;]]>\u2028\u2029"
ODD = "a\x00b\x85c \ud800 \udfff \u202eright to left\u202c مرحبا שלום 😀 \ufeff\r\n\ttab"

Rows = list[tuple[str, list[tuple[str, bool | None]]]]


def _result(rows: Rows, model: str = "a-model", task: str = "ifeval", **more: Any) -> Result:
    """rows: (id, [(kind, strict verdict)]). Scores and tables as the evaluators make them, of "strict"."""
    items = tuple(
        Item(name, f"prompt {name}", f"response {name}", tuple(Check(k, {"strict": v}, f"{k}: {v}") for k, v in checks))
        for name, checks in rows
    )
    flat = [(each, [(k, v is True) for k, v in checks]) for each, checks in rows]
    kinds = sorted({kind for _, checks in flat for kind, _ in checks})

    def share(name: str, part: str) -> Estimate:
        kept = [[v for k, v in checks if k.startswith(part)] for _, checks in flat]
        return clustered(name, [(sum(each), len(each)) for each in kept])

    scores = (
        wilson("prompt-strict", sum(all(v for _, v in checks) for _, checks in flat), len(flat)),
        share("instruction-strict", ""),
    )
    table = Table("instruction-strict, by type", tuple(share(kind, kind) for kind in kinds))
    return Result(task, model, f"{task}|model:{model}", scores, items, (table,), **more)


A: Rows = [
    ("1", [("case:lower", True), ("words:count", True)]),
    ("2", [("case:lower", False)]),
    ("3", [("words:count", True)]),
    ("4", [("words:count", False), ("case:lower", True)]),
]
B: Rows = [
    ("1", [("case:lower", True), ("words:count", False)]),
    ("2", [("case:lower", True)]),
    ("3", [("words:count", True)]),
    ("4", [("words:count", True), ("case:lower", True)]),
]


class _Tags(HTMLParser):
    """Tags, and the text of the scripts and the style."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.inside: list[str] = []
        self.open = False
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag in ("script", "style"):
            self.inside.append("")
            self.open = True

    def handle_endtag(self, tag: str) -> None:
        self.open = False

    def handle_data(self, data: str) -> None:
        if self.open:
            self.inside[-1] += data


def _data(text: str) -> Any:
    """What the script finds in the element, up to the first thing that could end it."""
    found = re.search(r'<script type="application/json" id="ui-data">(.*?)</script', text, re.DOTALL)
    assert found
    return json.loads(found[1])


def test_everything_of_a_result_is_in_the_page() -> None:
    item = Item(
        "x", "p", "r", (Check("k", {"strict": True, "loose": None}, "why"),), 2, "g", "cut off", {"t": [{"a": 1}]}
    )
    result = replace(_result(A, counts={"empty": 3}, notes=("a note",), settings={"seed": 7}), items=(item,))
    text = render([result])
    expected = json.loads(json.dumps(asdict(result)))
    assert _data(text) == {"results": [expected], "differences": []}
    assert "<title>ifeval: a-model</title>" in text
    assert re.search(
        r"<noscript>.*prompt-strict +50\.00.*</noscript>", text, re.DOTALL
    )  # for readers without JavaScript


def test_text_cannot_leave_its_place() -> None:
    text = EVIL + ODD
    check = Check(text, {"strict": True, text: None}, text)
    items = (Item(text, text, text, (check,), group=text, problem=text, detail={text: [text, {text: text}]}),)
    score = replace(wilson("x", 1, 2), name=text, method=text)
    result = Result(text, text, text, (score,), items, (Table(text, (score,)),), {text: 1}, (text,), {text: text})
    for results in ([result], [result, result]):
        html = render(results)
        html.encode("utf-8")  # strict: no half of a surrogate pair is left
        names = [tag for tag, _ in _Tags(html).tags]
        plain = [tag for tag, _ in _Tags(render([_result(A)] * len(results))).tags]
        assert names == plain and names.count("script") == 2
        inner = html.split('id="ui-data">')[1].split("</script>")[0]
        assert not re.search("[<>&\x00-\x1f\x7f-\x9f\u2028\u2029\ufeff]", inner)
        assert _data(html)["results"] == [json.loads(json.dumps(asdict(result)))] * len(results)


def test_a_response_of_a_megabyte(tmp_path: Path) -> None:
    long = "word </script> " * 70_000
    result = replace(_result(A), items=(Item("1", "p", long, ()),))
    page([result], tmp_path / "report.html")
    assert _data((tmp_path / "report.html").read_text())["results"][0]["items"][0]["response"] == long


def test_numbers_that_javascript_lacks() -> None:
    item = Item("1", "p", "r", (), detail={"nan": math.nan, "seed": 2**60, "small": 5, 3: (1, 2), "path": Path("x")})
    data = _data(render([replace(_result(A), scores=(wilson("none", 0, 0),), items=(item,))]))["results"][0]
    assert data["items"][0]["detail"] == {"nan": None, "seed": str(2**60), "small": 5, "3": [1, 2], "path": "x"}
    assert data["scores"][0]["value"] is None and data["scores"][0]["method"] == "no items"


def test_the_page_needs_no_network_and_allows_none() -> None:
    html = render([_result(A)])
    parsed = _Tags(html)
    for tag, attributes in parsed.tags:
        assert tag not in ("link", "img", "iframe", "base", "object")
        assert not {"src", "href", "style", "srcset"} & attributes.keys()
        assert not any(name.startswith("on") for name in attributes)
    style, _, script = parsed.inside
    assert not re.search(r"https?:|//cdn|@import|url\(|@font-face", style + script)
    policy = next(a["content"] for t, a in parsed.tags if t == "meta" and a.get("http-equiv")) or ""
    rules = dict(each.strip().split(" ", 1) for each in policy.split(";"))
    assert rules["default-src"] == "'none'"
    for rule, content in (("style-src", style), ("script-src", script)):
        digest = base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()
        assert rules[rule] == f"'sha256-{digest}'"


def _assets() -> dict[str, str]:
    folder = resources.files("spar_eval") / "assets"
    return {each.name: each.read_text(encoding="utf-8") for each in folder.iterdir()}


def test_the_script_writes_text_only() -> None:
    scripts = {name: text for name, text in _assets().items() if name.endswith(".js")}
    assert len(scripts) == 3
    for text in scripts.values():
        assert not re.search(
            r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|Function\(|DOMParser", text
        )
        assert "</script" not in text and "<!--" not in text


@pytest.mark.skipif(not shutil.which("node"), reason="node is not installed")
def test_the_script_parses(tmp_path: Path) -> None:
    file = tmp_path / "script.js"
    file.write_text(_Tags(render([_result(A)])).inside[2])
    subprocess.run(["node", "--check", str(file)], check=True, timeout=60)


def test_the_same_results_give_the_same_bytes(tmp_path: Path) -> None:
    for name in ("one", "two"):
        page([_result(A), _result(B, "b-model")], tmp_path / name)
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()
    assert b"a-model and b-model" in (tmp_path / "one").read_bytes()


def test_one_result_or_two_of_one_task() -> None:
    with pytest.raises(SparError, match="'ifeval' and 'llmbar'"):
        render([_result(A), _result(A, task="llmbar")])
    for number in (0, 3):
        with pytest.raises(ValueError, match=f"not {number}"):
            render([_result(A)] * number)


def _differences(a: Result, b: Result) -> dict[str, Estimate]:
    return {each.score.name: each.score for each in differences(a, b)}


def test_differences_are_paired_by_prompt() -> None:
    """Prompts go -1, +1, 0, +1; each has one outcome. Checks go -1, +1, 0, +1 of 2, 1, 1, 2: 1/6 of six, with residuals
    -4/3, 5/6, -1/6, 2/3 over 6, times sqrt(4/3)."""
    found = _differences(_result(A), _result(B))
    prompt, instruction = found["prompt-strict"], found["instruction-strict"]
    assert prompt.value == 0.25 and prompt.method == "paired by prompt, Newcombe"
    expected = newcombe(1, 2, 1, 0)
    assert (prompt.low, prompt.high) == (expected.low, expected.high) and prompt.low < 0.25 < prompt.high
    squares = (4 / 3) ** 2 + (5 / 6) ** 2 + (1 / 6) ** 2 + (2 / 3) ** 2
    assert instruction.value == pytest.approx(1 / 6) and instruction.method == "paired by prompt, normal"
    assert instruction.stderr == pytest.approx(math.sqrt(squares * 4 / 3) / 6)
    assert instruction.high - instruction.value == pytest.approx(1.959964 * instruction.stderr)
    assert found["case:lower"].value == pytest.approx(1 / 3)
    lower, expected = found["case:lower"], newcombe(2, 1, 0, 0)
    assert (lower.low, lower.high) == (expected.low, expected.high)
    for name, backwards in _differences(_result(B), _result(A)).items():
        assert (backwards.low, backwards.high) == (pytest.approx(-found[name].high), pytest.approx(-found[name].low))


def test_differences_without_an_interval() -> None:
    def methods(a: Result, b: Result) -> dict[str, str]:
        return {name: each.method for name, each in _differences(a, b).items()}

    assert methods(_result(A), _result(A))["instruction-strict"] == "no prompt differs: no interval"
    kappa = Estimate("kappa", 0.4, 9, 0.3, 0.5, 0.05, "bootstrap", "kappa")
    a, b = (replace(_result(A), scores=(replace(kappa, value=v),)) for v in (0.4, 0.6))
    assert methods(a, b)["kappa"] == "not paired: no interval"
    assert _differences(a, b)["kappa"].value == pytest.approx(0.2)
    nothing = replace(_result(A), scores=(wilson("kappa", 0, 0),), tables=())
    assert _differences(nothing, nothing) == {}
    assert "only one" not in methods(_result(A), replace(_result(A), scores=(wilson("only one", 1, 2),)))


def test_difference_of_a_mean_of_headline_scores() -> None:
    def with_mean(result: Result) -> Result:
        value = sum(score.value for score in result.scores) / 2
        return replace(result, scores=(*result.scores, Estimate("mean of both", value, 4, 0.1, 0.9, 0.1, "bootstrap")))

    found = _differences(with_mean(_result(A)), with_mean(_result(B)))
    assert found["mean of both"].value == pytest.approx((1 / 4 + 1 / 6) / 2)
    parts = [
        (-1.25 / 4 - 4 / 3 / 6) / 2,
        (0.75 / 4 + 5 / 6 / 6) / 2,
        (-0.25 / 4 - 1 / 6 / 6) / 2,
        (0.75 / 4 + 2 / 3 / 6) / 2,
    ]
    assert found["mean of both"].stderr == pytest.approx(math.sqrt(sum(p * p for p in parts) * 4 / 3))


def test_differences_of_groups_and_the_undecided() -> None:
    """Undecided counts as failed in one score and is left out of the other; the page finds out which."""

    def judged(verdicts: list[bool | None]) -> Result:
        items = tuple(
            Item(str(i), "p", "", (Check("preference", {"correct": v}, ""),), group="natural" if i < 4 else "other")
            for i, v in enumerate(verdicts)
        )
        known = [v for v in verdicts if v is not None]
        scores = (wilson("correct", sum(known), len(verdicts)), wilson("correct, decided", sum(known), len(known)))
        groups = [[v is True for v in part] for part in (verdicts[:4], verdicts[4:])]
        rows = tuple(wilson(n, sum(g), len(g)) for n, g in zip(("natural", "other"), groups, strict=True))
        return Result("llmbar", "m", "s", scores, items, (Table("correct, by subset", rows),))

    a, b = judged([True, None, False, True, True, False]), judged([True, True, None, None, True, True])
    found = {(d.table, d.score.name): d.score for d in differences(a, b)}
    assert {score.method for score in found.values()} == {"paired by prompt, Newcombe", "paired by prompt, normal"}
    assert found["", "correct, decided"].method == "paired by prompt, normal"  # of other prompts in A than in B
    assert found["", "correct"].value == pytest.approx(1 / 6)
    assert found["", "correct, decided"].value == pytest.approx(1 - 3 / 5)
    assert found["correct, by subset", "other"].value == pytest.approx(1 / 2)


def _write(result: Result, folder: Path) -> Path:
    folder.mkdir()
    save_result(result, folder)
    return folder


def test_the_command_writes_pages_of_run_folders(tmp_path: Path) -> None:
    first, second = _write(_result(A), tmp_path / "a"), _write(_result(B, "b-model"), tmp_path / "b")
    (first / "report.html").unlink()
    ran = CliRunner().invoke(cli, ["report", str(first)])
    assert ran.exit_code == 0 and ran.output.strip() == str(first / "report.html")
    assert _data((first / "report.html").read_text())["results"][0]["items"][1]["checks"][0]["verdicts"] == {
        "strict": False
    }
    out = tmp_path / "both.html"
    assert CliRunner().invoke(cli, ["report", str(first), str(second), "--out", str(out)]).exit_code == 0
    data = _data(out.read_text())
    assert [each["model"] for each in data["results"]] == ["a-model", "b-model"]
    assert data["differences"][0]["score"]["value"] == 0.25
    CliRunner().invoke(cli, ["report", str(first), str(second)], catch_exceptions=False)
    assert (second / "comparison.html").read_bytes() == out.read_bytes()


def test_the_command_says_what_is_wrong(tmp_path: Path) -> None:
    run, other = _write(_result(A), tmp_path / "a"), _write(_result(A, task="llmbar"), tmp_path / "b")
    for arguments, message in (
        ([str(tmp_path)], "the folder of a finished spar-eval run is expected"),
        ([str(run), str(other)], "'ifeval' and 'llmbar'"),
    ):
        ran = CliRunner().invoke(cli, ["report", *arguments])
        assert isinstance(ran.exception, SparError) and message in str(ran.exception)
    assert not (other / "comparison.html").exists()
    ran = CliRunner().invoke(cli, ["report", str(run), "--out", str(tmp_path)])
    assert ran.exit_code == 2 and "is a directory" in ran.output


def test_scores_without_a_value_come_back_from_a_run_folder(tmp_path: Path) -> None:
    result = replace(_result(A), scores=(wilson("none", 0, 0),))
    back = load_result(_write(result, tmp_path / "run"))
    assert math.isnan(back.scores[0].value) and math.isnan(back.scores[0].low)
    assert re.search("none +no items", render([back]))


def test_a_giant_response_does_not_make_a_giant_page() -> None:
    item = Item("1", "p", "x" * (LONGEST + 5), (Check("k", {"strict": False}, "too long"),))
    text = render([Result("t", "m", "s", (), (item,))])
    assert len(text) < LONGEST + 100_000
    assert "[... 5 more characters are in responses.jsonl]" in text
