"""Whole runs of `spar-data gold` against a scripted server."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from click.testing import CliRunner
from server import Reply, Serve

from spar_data.cli.main import cli
from spar_data.core.errors import SparError
from spar_data.core.tables import schema
from spar_data.selfplay.records import Dialogue, Pair

# sample i > 0 of the server ends in " #i": "It is 7" becomes "It is 7 #1", which answers 1
_SUMS = [("first", 7), ("second", 2), ("always", 5), ("cut", 3), ("mute", 4)]


def _answer(prompt: str, nth: int) -> Reply | str:
    if "(Hint: the right answer is" in prompt:
        return "They say 4 and then 0." if "mute" in prompt else f"Hence {prompt.split('answer is ')[-1].split('.')[0]}"
    if "cut" in prompt:
        return Reply("3 and", finish_reason="length")
    if "mute" in prompt:
        return "\\boxed{I cannot tell}"
    if "always" in prompt:
        return "The answer is 5."
    if "Which" in prompt:
        return "The answer is (B)."
    return "It is 7"


@pytest.fixture
def problems(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    rows: list[dict[str, Any]] = [{"question": f"The {name} sum?", "answer": f"a\n#### {n}"} for name, n in _SUMS]
    rows.append({"question": "Which?", "choices": {"text": ["tin", "wood"], "label": ["A", "B"]}, "answerKey": "A"})
    file = tmp_path / "problems.jsonl"
    file.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return file


def _run(*arguments: object) -> str:
    return CliRunner().invoke(cli, ["gold", *map(str, arguments)], catch_exceptions=False).output


def _summary(folder: str) -> dict[str, Any]:
    return json.loads(Path(folder, "summary.json").read_text())  # type: ignore[no-any-return]


def test_iterative_rpo(problems: Path, serve: Serve) -> None:
    server = serve(_answer)
    arguments = [problems, "--recipe", "iterative-rpo", "--model", f"openai:m@{server.url}", "--samples", 4]
    planned = _run(*arguments, "--out", "a", "--dry-run")
    assert "6 calls for 24 samples" in planned and not server.calls and not Path("a").exists()
    output = _run(*arguments, "--out", "a")
    pairs = pl.read_parquet("a/pairs.parquet")
    assert pairs.schema == schema(Pair) and pairs["recipe"].unique().to_list() == ["iterative-rpo"]
    assert pairs.select("chosen", "rejected").rows() == [
        ("It is 7", "It is 7 #1"), ("It is 7", "It is 7 #2"), ("It is 7", "It is 7 #3"),
        ("It is 7 #2", "It is 7"), ("It is 7 #2", "It is 7 #1"), ("It is 7 #2", "It is 7 #3"),
    ]  # fmt: skip
    assert pairs["prompt"][0][0]["content"].startswith("The first sum?") and pairs["id"].n_unique() == 6
    summary = _summary("a")
    assert summary["rows"] == 6 and summary["settings"]["temperature"] == 0.8
    assert summary["counts"] == {
        "problems with pairs": 2, "problems without a loser": 1, "problems without a winner": 1,
        "problems without a winner or a loser": 2,
    }  # fmt: skip
    accuracy = summary["accuracy"]
    assert accuracy["verdicts"] == {"right": 6, "wrong": 10, "no answer": 4, "failed": 4}
    assert accuracy["pass@1"] == pytest.approx((1 / 4 + 1 / 4 + 1) / 6) and accuracy["tied problems"] == 2
    assert accuracy["maj@4"] == pytest.approx(1 / 6) and accuracy["pass@4"] == pytest.approx(3 / 6)
    assert "4 x failed: length" in output and "4 x no answer: no number in the box" in output
    outcomes = [json.loads(line) for line in Path("a/outcomes.jsonl").read_text().splitlines()]
    assert [s["verdict"] for s in outcomes[0]["samples"]] == ["right", "wrong", "wrong", "wrong"]
    assert outcomes[0]["samples"][2]["answer"] == "2" and outcomes[5]["gold"] == "A"

    calls = server.calls.total()
    again = json.loads(_run(*arguments, "--out", "b", "--json", "--concurrency", 1))
    assert server.calls.total() == calls + 1  # what was cut off is asked again, and nothing else
    assert again["calls"][0]["answers"]["stored before"] == 20 and again["rows"] == 6
    for name in ("pairs.parquet", "outcomes.jsonl", "summary.json"):
        assert Path("a", name).read_bytes() == Path("b", name).read_bytes()

    _run(*arguments, "--out", "c", "--no-answer", "lose", "--gold-winner", "--pairs", 1, "--cap", 2)
    summary = _summary("c")
    assert (
        summary["rows"] == 2
        and summary["counts"]["pairs over the cap"] == 1
        and summary["counts"]["problems with pairs"] == 3
    )


def test_stopped_by_the_budget_and_continued(problems: Path, serve: Serve) -> None:
    server = serve(_answer)
    arguments = [
        problems,
        "--recipe",
        "rest-em",
        "--model",
        f"openai:m@{server.url}",
        "--samples",
        3,
        "--max-tokens",
        10,
    ]
    output = _run(*arguments, "--out", "a", "--max-tokens-total", 100, "--concurrency", 1)
    assert (
        "Stopped by the budget" in output
        and "not asked" in output
        and _summary("a")["accuracy"]["verdicts"]["failed"] > 3
    )
    _run(*arguments, "--out", "a")
    _run(*arguments, "--out", "b", "--store", "fresh.sqlite")
    assert Path("a/dialogues.parquet").read_bytes() == Path("b/dialogues.parquet").read_bytes()


def test_killed_and_continued(problems: Path, serve: Serve, tmp_path: Path) -> None:
    """kill -9: what was answered is stored, nothing half written, and the end is that of an unbroken run."""
    rows = [{"question": f"{n}?", "answer": f"a\n#### {n % 3}"} for n in range(400)]
    problems.write_text("".join(json.dumps(row) + "\n" for row in rows))
    server = serve(lambda prompt, nth: Reply(f"It is {len(prompt) % 4}", delay=0.01))
    arguments = [
        "gold",
        str(problems),
        "--recipe",
        "iterative-rpo",
        "--model",
        f"openai:m@{server.url}",
        "--samples",
        "4",
    ]
    command = [sys.executable, "-m", "spar_data.cli.main", *arguments, "--concurrency", "8", "--out", "a"]
    process = subprocess.Popen(command, cwd=tmp_path, stderr=subprocess.PIPE)
    while server.calls.total() < 100 and process.poll() is None:
        time.sleep(0.01)
    process.kill()
    process.communicate(timeout=30)
    assert not Path("a").exists() and 100 <= server.calls.total() < 400
    _run(*arguments[1:], "--out", "a")
    assert server.calls.total() <= 400 + 8  # no more than what was on its way is asked twice
    _run(*arguments[1:], "--out", "b", "--store", "fresh.sqlite", "--concurrency", 2)
    assert Path("a/pairs.parquet").read_bytes() == Path("b/pairs.parquet").read_bytes()
    assert pl.read_parquet("a/pairs.parquet").height > 100


def test_rest_em(problems: Path, serve: Serve) -> None:
    server = serve(_answer)
    arguments = [problems, "--recipe", "rest-em", "--model", f"openai:m@{server.url}", "--samples", 6, "--most", 2]
    output = _run(*arguments, "--out", "a")
    rows = pl.read_parquet("a/dialogues.parquet")
    assert rows.schema == schema(Dialogue) and "rows in a/dialogues.parquet" in output
    dialogues = [[m["content"] for m in turns] for turns in rows["messages"]]
    assert [len(turns) for turns in dialogues] == [2] * 4 and {turns[1] for turns in dialogues[:2]} == {
        "It is 7",
        "It is 7 #2",
    }
    assert sum(turns[0].startswith("The always sum?") for turns in dialogues) == 2  # two of six, drawn by seed
    assert _summary("a")["counts"]["right samples over the most of a problem"] == 4


def test_star(problems: Path, serve: Serve) -> None:
    server = serve(_answer)
    summary = json.loads(
        _run(problems, "--recipe", "star", "--model", f"openai:m@{server.url}", "--out", "a", "--json")
    )
    rows = pl.read_parquet("a/dialogues.parquet")
    prompts = [turns[0]["content"] for turns in rows["messages"]]
    assert not any("Hint" in prompt for prompt in prompts) and rows["recipe"].unique().to_list() == ["star"]
    replies = dict(
        zip((a.split("?")[0] for a in prompts), (turns[1]["content"] for turns in rows["messages"]), strict=True)
    )
    assert replies == {
        "The first sum": "It is 7", "The second sum": "Hence 2", "The always sum": "The answer is 5.", "The cut sum": "Hence 3",
    }  # fmt: skip
    assert [source[0] for source in rows["source"]] == ["direct", "hint", "direct", "hint"]
    assert summary["counts"] == {
        "no answer with the hint (no label in the reply)": 1, "right at once": 2, "right with the hint": 2,
        "wrong with the hint": 1,
    }  # fmt: skip
    assert [c["phase"] for c in summary["calls"]] == ["solve", "solve with the hint"]
    assert server.calls.total() == 6 + 4


def test_a_folder_of_the_other_kind_of_rows_is_refused(problems: Path, serve: Serve) -> None:
    server = serve(_answer)
    arguments = [problems, "--model", f"openai:m@{server.url}", "--out", "a", "--recipe"]
    _run(*arguments, "iterative-rpo", "--samples", 4)
    before, calls = {file: file.read_bytes() for file in Path("a").iterdir()}, server.calls.copy()
    with pytest.raises(SparError, match=r"a holds pairs\.parquet of another recipe"):
        _run(*arguments, "star")
    assert before == {file: file.read_bytes() for file in Path("a").iterdir()} and server.calls == calls
