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
from hand_made_results import ROWS_A, ROWS_B, checked_result

from spar_data.core.errors import SparError
from spar_data.core.intervals import wilson
from spar_eval.report.page import LONGEST, page, render
from spar_eval.results import Check, Item, Result, Table

EVIL = "</script><script>alert(1)</script><!--<script><img src=x onerror=alert(2)>&amp;]]>\u2028\u2029"
ODD = "a\x00b\x85c \ud800 \udfff \u202eright to left\u202c مرحبا שלום 😀 \ufeff\r\n\ttab"


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


def _stored(result: Result) -> Any:
    """All of a result but the calls of its run."""
    return {name: value for name, value in json.loads(json.dumps(asdict(result))).items() if name != "calls"}


def test_everything_of_a_result_is_in_the_page() -> None:
    item = Item(
        "x", "p", "r", (Check("k", {"strict": True, "loose": None}, "why"),), 2, "g", "cut off", {"t": [{"a": 1}]}
    )
    result = replace(
        checked_result(ROWS_A, counts={"empty": 3}, notes=("a note",), settings={"seed": 7}), items=(item,)
    )
    text = render([result])
    expected = _stored(result)
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
        plain = [tag for tag, _ in _Tags(render([checked_result(ROWS_A)] * len(results))).tags]
        assert names == plain and names.count("script") == 2
        inner = html.split('id="ui-data">')[1].split("</script>")[0]
        assert not re.search("[<>&\x00-\x1f\x7f-\x9f\u2028\u2029\ufeff]", inner)
        assert _data(html)["results"] == [_stored(result)] * len(results)


def test_a_response_of_a_megabyte(tmp_path: Path) -> None:
    long = "word </script> " * 70_000
    result = replace(checked_result(ROWS_A), items=(Item("1", "p", long, ()),))
    page([result], tmp_path / "report.html")
    assert _data((tmp_path / "report.html").read_text())["results"][0]["items"][0]["response"] == long


def test_numbers_that_javascript_lacks() -> None:
    item = Item("1", "p", "r", (), detail={"nan": math.nan, "seed": 2**60, "small": 5, 3: (1, 2), "path": Path("x")})
    data = _data(render([replace(checked_result(ROWS_A), scores=(wilson("none", 0, 0),), items=(item,))]))["results"][0]
    assert data["items"][0]["detail"] == {"nan": None, "seed": str(2**60), "small": 5, "3": [1, 2], "path": "x"}
    assert data["scores"][0]["value"] is None and data["scores"][0]["method"] == "no items"


def test_the_page_needs_no_network_and_allows_none() -> None:
    html = render([checked_result(ROWS_A)])
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
    file.write_text(_Tags(render([checked_result(ROWS_A)])).inside[2])
    subprocess.run(["node", "--check", str(file)], check=True, timeout=60)


def test_the_same_results_give_the_same_bytes(tmp_path: Path) -> None:
    for name in ("one", "two"):
        page([checked_result(ROWS_A), checked_result(ROWS_B, "b-model")], tmp_path / name)
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()
    assert b"a-model and b-model" in (tmp_path / "one").read_bytes()


def test_one_result_or_two_of_one_task() -> None:
    with pytest.raises(SparError, match="'ifeval' and 'llmbar'"):
        render([checked_result(ROWS_A), checked_result(ROWS_A, task="llmbar")])
    for number in (0, 3):
        with pytest.raises(ValueError, match=f"not {number}"):
            render([checked_result(ROWS_A)] * number)


def test_a_giant_response_does_not_make_a_giant_page() -> None:
    item = Item("1", "p", "x" * (LONGEST + 5), (Check("k", {"strict": False}, "too long"),))
    text = render([Result("t", "m", "s", (), (item,))])
    assert len(text) < LONGEST + 100_000
    assert "[... 5 more characters are in responses.jsonl]" in text
