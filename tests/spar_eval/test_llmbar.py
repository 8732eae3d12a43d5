"""`spar-eval llmbar` against scripted judges: numbers by hand, in both orders, with every kind of missing verdict."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from click.testing import CliRunner
from server import Reply, ScriptedServer

from spar_data.core.errors import SparError
from spar_data.models import Completion, Failure, Unparsed
from spar_eval.benchmarks.llmbar import Judge, Pair, figures, load, requests
from spar_eval.benchmarks.llmbar.compare import compare_request, count_choices, parse_choice
from spar_eval.benchmarks.llmbar.run import compared, judged
from spar_eval.cli.main import cli
from spar_eval.run_folder import load_result

Serve = Callable[..., ScriptedServer]
_BETTER = "Better Output:"


@pytest.mark.parametrize(
    ("reply", "place"),
    [
        (f"Step-by-step comparison: ...\n{_BETTER} A", 1),
        (f"{_BETTER} (B)", 2),
        (f"{_BETTER} **B**", 2),
        (f"**{_BETTER}** Output B", 2),
        (f"{_BETTER} Output (b)", 2),
        (f"{_BETTER} [A]", 1),
        ("### Better Output\nA.", 1),
        ("better output: b", 2),
        (f"{_BETTER} A, because it is shorter", 1),
        (f"{_BETTER} B because it is shorter", 2),
        (f"{_BETTER} “A”", 1),
        (f"{_BETTER} (A or B) B", 2),
        ("Better Output (A or B): A", 1),
        (f"{_BETTER} A\n\nOn reflection.\n{_BETTER} B", 2),
        (f"The form is '{_BETTER} (A or B)'.\n{_BETTER} A", 1),
        (f"{_BETTER} (A or B)", None),
        (f"{_BETTER} A/B", None),
        (f"{_BETTER} A and B are equally good", None),
        (f"{_BETTER} A, B", None),
        ("I looked for the better output:\nOutput A: fine\nOutput B: poor", None),
        ("Which is the better output?\nBetter Output:\nOutput A\nOutput B", None),
        (f"{_BETTER} A\nB is too long", 1),
        (f"{_BETTER} *A*!", 1),
        (f"{_BETTER} A (it is shorter)", 1),
        (f"{_BETTER} A — shorter", 1),
        (f"{_BETTER} a tie", None),
        (f"{_BETTER} A tie", None),
        (f"{_BETTER} both", None),
        (f"{_BETTER} neither", None),
        (f"{_BETTER} Answer", None),
        (_BETTER, None),
        ("A", None),
        ("", None),
    ],
)
def test_choices(reply: str, place: int | None) -> None:
    parsed = parse_choice(reply)
    assert parsed == place if place else isinstance(parsed, Unparsed), parsed


def test_votes_of_one_order() -> None:
    said = {"A": f"{_BETTER} A", "B": f"{_BETTER} B", "?": "hm"}

    def vote(votes: str) -> tuple[int | None, str]:
        choice = count_choices([Failure("length") if v == "F" else Completion(said[v]) for v in votes])
        return choice.place, choice.problem

    assert vote("AAB") == (1, "") and vote("ABB?") == (2, "") and vote("A?F") == (1, "")
    assert vote("AB") == (None, "tie") and vote("??F") == (None, "unparsed") and vote("FF") == (None, "failed")


def test_the_request_keeps_braces() -> None:
    text = compare_request("{first}", "{second}", "{prompt} {0}").messages[0].content
    assert "“{first}”" in text and "Output A: “{second}”" in text and "Output B: “{prompt} {0}”" in text


def _pair(number: int = 1, better: int = 1, subset: str = "Natural") -> Pair:
    return Pair(subset, number, f"prompt {number}", ("one", "two"), better)


def _judged(gold: str, said: str, number: int = 1) -> Any:
    replies = {"Y": "Final Judgement: Yes", "N": "Final Judgement: No", "?": "hm"}
    return judged(
        _pair(number), 1 if gold == "Y" else 2, [Completion(replies[said]) if said in replies else Failure("x")]
    )


def test_pointwise_figures_by_hand() -> None:
    """4 pairs. Yes-gold: 2 judged Yes, 1 No, 1 unparsed; No-gold: 2 judged No, 1 Yes, 1 failed."""
    told = [("YN", "YN"), ("YN", "YN"), ("YN", "NY"), ("YN", "?F")]
    items = [_judged(g, s, n) for n, (gold, said) in enumerate(told, 1) for g, s in zip(gold, said, strict=True)]
    found = figures.make(items, ["Natural"])
    values = {table.title: table.rows[0] for table in found.tables}
    assert found.undecided == 2
    assert (values["pointwise accuracy"].value, values["pointwise accuracy"].n) == (4 / 8, 8)
    assert values["pointwise accuracy"].method == "clustered by pair"
    assert values["pointwise F1 of Yes"].value == pytest.approx(2 * 2 / (2 * 2 + 2 + 1))
    assert (
        values["pointwise accuracy, undecided left out"].value,
        values["pointwise accuracy, undecided left out"].n,
    ) == (4 / 6, 6)
    assert values["pointwise F1 of Yes, undecided left out"].value == pytest.approx(2 * 2 / (2 * 2 + 1 + 1))
    assert [item.problem for item in items if item.problem] == ["x"]


def _compared(better: int, said: str, number: int = 1) -> Any:
    """said: the place chosen in order and swapped, A or B."""
    replies = [Completion(f"{_BETTER} {s}") if s in "AB" else Completion("hm") for s in said]
    return compared(_pair(number, better), [replies[0]], [replies[1]])


def test_pairwise_figures_by_hand() -> None:
    """Winner 1 in both orders is AB, winner 2 is BA, always the first AA."""
    told = [(1, "AB"), (2, "BA"), (2, "AB"), (1, "AA"), (2, "AA"), (1, "?B")]
    items = [_compared(better, said, n) for n, (better, said) in enumerate(told, 1)]
    found = figures.make(items, ["Natural"])
    values = {table.title: table.rows[0] for table in found.tables}
    assert values["pairwise accuracy"].value == pytest.approx((1 + 1 + 0 + 0.5 + 0.5 + 0.5) / 6)
    assert values["pairwise accuracy, undecided left out"].value == pytest.approx(7 / 11)
    agree = values["pairwise accuracy where both orders agree"]
    assert (agree.value, agree.n) == (2 / 3, 3)
    assert values["positional agreement"].value == 3 / 6
    assert values["positional agreement, undecided left out"].value == 3 / 5
    assert (
        values["choice of the first place"].value == pytest.approx(7 / 11)
        and values["choice of the first place"].n == 11
    )


def test_kappa_compares_the_same_labels() -> None:
    """LLMBar's own script compares winners as 0/1 with labels of 1/2; a perfect judge then has a kappa near 0."""
    metrics = pytest.importorskip("sklearn.metrics")
    right = {1: "AB", 2: "BA"}
    gold = [1, 1, 2, 2, 1, 2, 1, 1]
    perfect = figures.make([_compared(g, right[g], n) for n, g in enumerate(gold)], ["Natural"])
    opposite = figures.make([_compared(g, right[3 - g], n) for n, g in enumerate(gold)], ["Natural"])
    first = figures.make([_compared(g, "AA", n) for n, g in enumerate(gold)], ["Natural"])
    kappas = {name: {t.title: t.rows[0].value for t in found.tables if t.title.startswith("kappa")} for name, found in
              {"perfect": perfect, "opposite": opposite, "first": first}.items()}  # fmt: skip
    assert set(kappas["perfect"]) == {"kappa", "kappa, output 1 first", "kappa, output 2 first"}
    assert set(kappas["perfect"].values()) == {1.0}
    assert kappas["opposite"]["kappa"] == pytest.approx(metrics.cohen_kappa_score(gold, [3 - g for g in gold]))
    assert kappas["first"]["kappa"] == pytest.approx(metrics.cohen_kappa_score(gold * 2, [1] * 8 + [2] * 8)) == 0.0
    mixed = [2, 1, 2, 2, 1, 2, 1, 1]
    some = figures.make(
        [_compared(g, right[w], n) for n, (g, w) in enumerate(zip(gold, mixed, strict=True))], ["Natural"]
    )
    assert some.scores[-1].name == "kappa" and some.scores[-1].value == pytest.approx(
        metrics.cohen_kappa_score(gold, mixed)
    )


# accuracy and F1 of Natural, GPTInst, GPTOut, Manual, Neighbor, then the two averages that the paper prints
_PAPER = [
    ((70.5, 70.7, 63.8, 68.5, 68.3), 67.8, 68.3),
    ((65.9, 66.7, 57.5, 63.3, 62.2), 62.4, 63.1),
    ((74.5, 69.2, 60.9, 59.8, 72.8), 65.7, 67.4),
    ((51.8, 46.1, 39.5, 36.6, 45.0), 41.8, 43.8),
    ((58.0, 57.1, 50.0, 45.6, 47.8), 50.1, 51.7),
    ((78.0, 78.8, 64.9, 67.4, 72.4), 70.9, 72.3),
]


@pytest.mark.parametrize(("values", "adversarial", "mean"), _PAPER)
def test_the_papers_averages_are_means_over_subsets(values: tuple[float, ...], adversarial: float, mean: float) -> None:
    from spar_data.core.intervals import Estimate
    from spar_eval.statistics.agreement import average

    rows = [Estimate("x", v / 100, 100, 0, 1, 0.1, "") for v in values]
    assert average("a", rows[1:]).value * 100 == pytest.approx(adversarial, abs=0.1)
    assert average("m", rows).value * 100 == pytest.approx(mean, abs=0.1)


def _row(prompt: str, label: int = 1) -> dict[str, Any]:
    return {
        "input": prompt,
        "output_1": f"good answer to {prompt}",
        "output_2": f"poor answer to {prompt}",
        "label": label,
    }


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two subsets of three pairs each; output 1 is the better one but in the third."""
    monkeypatch.chdir(tmp_path)
    for place in ("Natural", "Adversarial/Manual", "Adversarial/GPTOut"):
        file = tmp_path / "data" / place / "dataset.json"
        file.parent.mkdir(parents=True)
        rows = [_row(f"{file.parent.name} q{i}") for i in (1, 2)] + [
            {**_row(f"{file.parent.name} q3", 2), "output_1": "poor answer", "output_2": "good answer"}
        ]
        file.write_text(json.dumps(rows))
    return tmp_path / "data"


def _answer(prompt: str, nth: int) -> Reply | str | int:
    """Right about everything, but: GPTOut q2 never parses, and calls about GPTOut q1 fail where outputs stand alone."""
    if "GPTOut q2" in prompt:
        return "I cannot decide"
    if "Output A" in prompt:
        return f"hm\n{_BETTER} {'A' if prompt.index('good answer') < prompt.index('poor answer') else 'B'}"
    if "GPTOut q1" in prompt:
        return 400
    return f"hm\nFinal Judgement: {'Yes' if 'good answer' in prompt else 'No'}"


def _run(*arguments: object, code: int = 0) -> str:
    result = CliRunner().invoke(cli, [str(a) for a in (*arguments, "--out", "out")])
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    assert result.exit_code == code, result.output
    return result.output


def test_command(folder: Path, serve: Serve) -> None:
    server = serve(_answer)
    command = ["llmbar", "--data", folder, "--judge", f"openai:m@{server.url}", "--votes", 1]
    planned = _run(*command, "--dry-run")
    assert "36 calls for 36 samples" in planned and "No call was made" in planned
    assert not server.calls and not Path("runs").exists() and not Path("out").exists()
    output = _run(*command)
    assert server.calls.total() == 36
    result = load_result(Path("out"))
    assert len(result.items) == 9 * 3 and {i.group for i in result.items} == {"Natural", "GPTOut", "Manual"}
    rows = {t.title: {r.name: r for r in t.rows} for t in result.tables}
    accuracy = rows["pointwise accuracy"]
    assert [accuracy[name].value for name in ("Natural", "Manual", "GPTOut")] == [1, 1, pytest.approx(2 / 6)]
    assert accuracy["mean"].value == pytest.approx(7 / 9) == result.score("pointwise accuracy").value
    assert accuracy["adversarial mean"].value == pytest.approx(2 / 3)
    assert rows["pointwise accuracy, undecided left out"]["GPTOut"].value == 1
    assert rows["pairwise accuracy"]["GPTOut"].value == pytest.approx(2 / 3)
    assert rows["positional agreement"]["GPTOut"].value == pytest.approx(2 / 3)
    assert rows["kappa"]["Natural"].value == 1 and rows["choice of the first place"]["Natural"].value == 0.5
    assert result.counts == {
        "pointwise failed": 2, "pointwise unparsed": 2, "pairwise, output 1 first: unparsed": 1,
        "pairwise, output 2 first: unparsed": 1, "votes failed": 2, "votes unparsed": 4,
    }  # fmt: skip
    assert "6 judgements are a tie, unparsed or failed; they count as wrong" in output and "2 x status 400" in output
    assert (
        result.signature.startswith("llmbar|judge:m|mode:both|votes:1|temperature:0.7|") and result.signature in output
    )
    item = next(i for i in result.items if i.id == "Manual/3/output_2")
    assert item.response == "good answer" and item.detail["votes"] == [
        {"vote": "Yes", "reply": "hm\nFinal Judgement: Yes"}
    ]
    assert item.checks[0].verdicts == {"correct": True} and item.checks[0].reason.startswith(
        "gold Yes, judged Yes (1 Yes"
    )
    pair = next(i for i in result.items if i.id == "Manual/3/pair")
    assert pair.detail["winners"] == [2, 2] and pair.checks[0].verdicts["consistent"] is True
    assert [o["votes"][0]["reply"][-1] for o in pair.detail["orders"]] == ["B", "A"]

    before = dict(server.calls)
    again = json.loads(_run(*command, "--json"))
    assert sum(server.calls.values()) - sum(before.values()) == 2, "only what failed is asked again"
    assert again["answers"]["stored before"] == 34
    assert again["scores"] == json.loads(json.dumps(result.summary()["scores"]))


def test_a_judge_that_never_parses(folder: Path, serve: Serve) -> None:
    server = serve(lambda prompt, nth: "Who can say?")
    command = ["llmbar", "--data", folder, "--judge", f"openai:m@{server.url}", "--votes", 3, "--subset", "Natural"]
    output = _run(*command)
    result = load_result(Path("out"))
    assert {s.name: s.value for s in result.scores} == {
        "pointwise accuracy": 0, "pointwise F1 of Yes": 0, "pairwise accuracy": 0, "positional agreement": 0, "kappa": 0,
    }  # fmt: skip
    assert result.counts["votes unparsed"] == 36 and "nothing to score" in output
    assert not any("left out" in table.title for table in result.tables)
    calls = server.calls.total()
    _run(*command)
    assert server.calls.total() == calls, "a stored run asks nothing"


def test_ties_and_modes(folder: Path, serve: Serve) -> None:
    def torn(prompt: str, nth: int) -> str:
        assert "Output A" not in prompt, "pointwise asks about one output at a time"
        return "hm\nFinal Judgement: Yes\n" if nth % 2 else "hm\nFinal Judgement: No"

    server = serve(lambda prompt, nth: Reply("Final Judgement: Yes", choices=1) if nth == 1 else torn(prompt, 0))
    _run(
        "llmbar",
        "--data",
        folder,
        "--judge",
        f"openai:m@{server.url}",
        "--votes",
        2,
        "--mode",
        "pointwise",
        "--limit",
        1,
    )
    result = load_result(Path("out"))
    assert len(result.items) == 6 and result.counts == {"pointwise tie": 6}
    assert {i.checks[0].verdicts["correct"] for i in result.items} == {None} and "limit:1" in result.signature
    server = serve(_answer)
    _run("llmbar", "--data", folder, "--judge", f"openai:m@{server.url}", "--votes", 1, "--mode", "pairwise")
    assert len(load_result(Path("out")).items) == 9 and server.calls.total() == 18


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("{", "dataset.json is not JSON"),
        ('{"a": 1}', "a list of pairs is expected"),
        ("[]", "no pairs in it"),
        (json.dumps([_row("p"), {**_row("p"), "label": 3}]), "row 2: 'label' is 3, 1 or 2"),
        (json.dumps([{**_row("p"), "label": True}]), "row 1: 'label' is True"),
        (json.dumps([{**_row("p"), "output_2": None}]), "row 1: 'output_2' is None, text is expected"),
        (json.dumps(["p"]), "row 1: 'input'"),
    ],
)
def test_wrong_data(content: str, said: str, tmp_path: Path) -> None:
    (tmp_path / "Natural").mkdir()
    (tmp_path / "Natural" / "dataset.json").write_text(content)
    with pytest.raises(SparError, match=said):
        load(str(tmp_path))


def test_wrong_places(folder: Path) -> None:
    with pytest.raises(SparError, match="Did you mean 'Natural'"):
        load(str(folder), ["Natural", "Naturl"])
    with pytest.raises(SparError, match="does not exist"):
        load("no/such/folder/at/all")
    assert load(str(folder / "Natural" / "dataset.json")).subsets == ("Natural",)
    assert load(str(folder), limit=2).sha256 != load(str(folder)).sha256
    with pytest.raises(SparError, match="Did you mean 'hf'"):
        _run("llmbar", "--data", folder, "--judge", "hff:x")
    assert not Path("runs").exists() and not Path("out").exists()


def test_where_the_data_is_looked_for(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder.rename(folder.with_name("llmbar"))
    monkeypatch.setenv("SPAR_BENCHMARKS", str(folder.parent))
    spec = "openai:m@http://127.0.0.1:9/v1"
    planned = json.loads(_run("llmbar", "--judge", spec, "--limit", 2, "--subset", "Manual", "--dry-run", "--json"))
    assert planned["calls"] == 8 and planned["samples"] == 40


def test_a_data_set_with_a_split_for_each_subset(tmp_path: Path) -> None:
    """The form that the Hub has it in."""
    pytest.importorskip("datasets")
    (tmp_path / "set" / "data").mkdir(parents=True)
    for name in ("Natural", "Adversarial_Manual"):
        pl.DataFrame([_row("p"), _row("q", 2)]).write_parquet(tmp_path / f"set/data/{name}-00000-of-00001.parquet")
    data = load(str(tmp_path / "set"))
    assert data.subsets == ("Natural", "Manual") and len(data.pairs) == 4 and data.pairs[1].better == 2


@pytest.mark.data
@pytest.mark.skipif(
    "SPAR_TEST_DATA" not in os.environ, reason="SPAR_TEST_DATA is not set: the folder of benchmark data"
)
def test_the_real_data() -> None:
    data = load(str(Path(os.environ["SPAR_TEST_DATA"]) / "llmbar"))
    sizes = {name: sum(p.subset == name for p in data.pairs) for name in data.subsets}
    assert sizes == {"Natural": 100, "GPTInst": 92, "GPTOut": 47, "Manual": 46, "Neighbor": 134}
    assert len(requests(data, Judge("smollm2", "pointwise"))) == 200 + 184 + 94 + 92 + 268
