"""`spar-eval llmbar` against scripted judges, and the function in Python."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner
from llmbar_rows import write_pairs
from server import Reply, ScriptedServer

from spar_data import FunctionModel
from spar_data.core.errors import SparError
from spar_eval.benchmarks.llmbar.data import load_llmbar
from spar_eval.benchmarks.llmbar.run import llmbar
from spar_eval.cli.main import cli
from spar_eval.run_folder import load_result

Serve = Callable[..., ScriptedServer]
_BETTER = "Better Output:"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return write_pairs(tmp_path / "data")


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


def test_where_the_data_is_looked_for(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder.rename(folder.with_name("llmbar"))
    monkeypatch.setenv("SPAR_BENCHMARKS", str(folder.parent))
    spec = "openai:m@http://127.0.0.1:9/v1"
    planned = json.loads(_run("llmbar", "--judge", spec, "--limit", 2, "--subset", "Manual", "--dry-run", "--json"))
    assert planned["calls"] == 8 and planned["samples"] == 40


def test_a_wrong_judge_writes_nothing(folder: Path) -> None:
    with pytest.raises(SparError, match="Did you mean 'hf'"):
        _run("llmbar", "--data", folder, "--judge", "hff:x")
    assert not Path("runs").exists() and not Path("out").exists()


def test_in_python(folder: Path) -> None:
    judge = FunctionModel(lambda request: str(_answer(request.messages[-1].content, 1)), name="j")
    result = llmbar(judge, data=folder, votes=1, subsets=("Natural", "Manual"), mode="pairwise")
    assert result.score("pairwise accuracy").value == 1.0 and len(result.items) == 6
    assert result.settings == {
        "spec": "j", "mode": "pairwise", "votes": 1, "temperature": 0.7, "max_tokens": 2048,
        "subsets": ["Natural", "Manual"], "limit": 0, "data": load_llmbar(folder, ("Natural", "Manual")).sha256,
    }  # fmt: skip
    assert [(phase, tally.done) for phase, tally in result.calls] == [("judge", 12)]
