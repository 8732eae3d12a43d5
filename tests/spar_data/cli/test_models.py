"""`spar-data respond`, `judge` and `store` from the outside."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from click.testing import CliRunner, Result
from server import Reply, ScriptedServer

from spar_data.cli.main import cli
from spar_data.core.assets import asset
from spar_data.core.errors import SparError
from spar_data.core.intervals import wilson


def _answer(prompt: str, nth: int) -> Reply | str | int:
    if "Step-by-step" in prompt:
        return f"hm\nFinal Judgement: {'Yes' if 'answer to p1' in prompt else 'No'}" if "p3" not in prompt else "hm"
    return 400 if prompt == "p7" else Reply(f"answer to {prompt}", delay=0.02)


@pytest.fixture
def server() -> Iterator[ScriptedServer]:
    started = ScriptedServer(_answer)
    yield started
    started.close()


@pytest.fixture
def prompts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    file = tmp_path / "prompts.jsonl"
    file.write_text("".join(json.dumps({"prompt": f"p{i}"}) + "\n" for i in range(20)))
    return file


def _run(*arguments: object) -> Result:
    result = CliRunner().invoke(cli, [str(a) for a in arguments])
    if result.exception:
        raise result.exception
    return result


def _rows(file: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in Path(file).read_text().splitlines()]


def test_respond_and_judge(server: ScriptedServer, prompts: Path) -> None:
    spec = f"openai:m@{server.url}"
    planned = _run("respond", prompts, "--model", spec, "--samples", 2, "--out", "a.jsonl", "--dry-run").output
    assert "20 calls for 40 samples" in planned and "no price known" in planned
    assert not server.calls and not Path("a.jsonl").exists() and not Path("runs").exists()
    output = _run("respond", prompts, "--model", spec, "--samples", 2, "--out", "a.jsonl").output
    assert "38 new answers, 0 stored before, 2 failed, 0 not asked" in output and "2 x status 400" in output
    rows = _rows("a.jsonl")
    assert len(rows) == 38 and rows[3] == {**rows[3], "prompt": "p1", "sample": 1, "response": "answer to p1 #1"}
    assert [(r["prompt"], r["failure"]) for r in _rows("a.failed.jsonl")] == [("p7", "status 400: ok")] * 2
    told = json.loads(_run("respond", prompts, "--model", spec, "--samples", 2, "--out", "a.jsonl", "--json").output)
    assert told["answers"] == {"stored before": 38, "new": 0, "failed": 2, "not asked": 0}
    output = _run("judge", "a.jsonl", "--model", spec, "--votes", 3, "--out", "j.jsonl").output
    assert "22 Yes, 14 No, 0 tie, 2 unparsed" in output
    judged = _rows("j.jsonl")
    assert judged[0]["verdict"] == "No" and judged[0]["votes"] == {"yes": 0, "no": 3, "unparsed": 0, "failed": 0}
    assert len(judged[0]["judgements"]) == 3
    output = _run("store").output
    assert "m: 152 answers, 1 failed calls" in output or "m: 152 answers, 2 failed calls" in output
    assert "integrity ok" in output
    _run("store", "--export", "all.jsonl")
    assert "152 answers added" in _run("store", "other.sqlite", "--import", "all.jsonl").output
    again = _run(
        "respond", prompts, "--model", f"replay:{spec}", "--samples", 2, "--out", "b.jsonl", "--store", "other.sqlite"
    )
    assert "38 stored before, 2 failed" in again.output
    assert [r["response"] for r in _rows("b.jsonl")] == [r["response"] for r in rows]


def test_a_budget_stops_cleanly(server: ScriptedServer, prompts: Path) -> None:
    arguments = ["respond", prompts, "--model", f"openai:m@{server.url}", "--out", "a.jsonl", "--max-tokens", 10]
    output = _run(*arguments, "--max-tokens-total", 100, "--concurrency", 2).output
    assert "Stopped by the budget" in output and 4 <= len(_rows("a.jsonl")) <= 10
    assert _run(*arguments).exit_code == 0 and len(_rows("a.jsonl")) == 19
    assert max(n for p, n in server.calls.items() if p != "p7") == 1


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("{", "a.jsonl, line 4: not JSON"),
        ('{"prompt": "p"}', "line 4: 'response'"),
        ('{"prompt": 1, "response": "r"}', "'prompt'"),
    ],
)
def test_bad_responses(line: str, message: str, prompts: Path) -> None:
    Path("a.jsonl").write_text('\n{"prompt": "p", "response": "r"}\n \n' + line + "\n")  # blank lines count too
    with pytest.raises(SparError, match=message):
        _run("judge", "a.jsonl", "--model", "openai:m@http://127.0.0.1:9/v1", "--out", "j.jsonl")
    assert not Path("j.jsonl").exists()


def test_interrupted_and_continued(server: ScriptedServer, tmp_path: Path) -> None:
    """Ctrl-C: status 130, nothing half written, and the same command goes on."""
    file = tmp_path / "many.jsonl"
    file.write_text("".join(json.dumps({"prompt": f"q{i}"}) + "\n" for i in range(1200)))
    command = [sys.executable, "-m", "spar_data.cli.main", "respond", str(file), "--model", f"openai:m@{server.url}",
               "--concurrency", "16", "--out", "out.jsonl"]  # fmt: skip
    process = subprocess.Popen(command, cwd=tmp_path, stderr=subprocess.PIPE, text=True)
    while server.calls.total() < 200 and process.poll() is None:
        time.sleep(0.01)
    process.send_signal(2)
    assert "continues from there" in process.communicate(timeout=30)[1] and process.returncode == 130
    assert not (tmp_path / "out.jsonl").exists()
    before = server.calls.total()
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=True)
    assert "failed" in done.stdout and len((tmp_path / "out.jsonl").read_text().splitlines()) == 1200
    assert server.calls.total() <= 1200 + 16 and before < 1200


def test_rules_as_judge_and_beside_a_judge(server: ScriptedServer, prompts: Path) -> None:
    released = asset("releases/spar-mini-1.0.0/data/prompts.parquet")
    rows = pl.read_parquet(released).filter(
        pl.col("constraints").list.eval(pl.element().struct["covers"] == "whole").list.all()
    )
    some = rows.head(30).to_dicts()
    Path("a.jsonl").write_text("".join(json.dumps({"prompt": r["prompt"], "response": "Fine."}) + "\n" for r in some))
    output = _run("judge", "a.jsonl", "--model", "rules", "--prompts", released, "--out", "j.jsonl").output
    judged = _rows("j.jsonl")
    assert output.startswith("verdicts: ") and {r["verdict"] for r in judged} <= {"Yes", "No"}
    failed = next(r for r in judged if r["verdict"] == "No")
    assert "Final Judgement (if the Output accurately follows the Prompt): No" in failed["judgements"][0]["response"]
    spec = f"openai:m@{server.url}"  # says No to each of these
    output = _run("judge", "a.jsonl", "--model", spec, "--votes", 1, "--prompts", released, "--out", "m.jsonl").output
    noes = sum(r["verdict"] == "No" for r in judged)
    assert str(wilson("agreement with the checkers", noes, 30)) in output
    with pytest.raises(SystemExit):
        _run("judge", "a.jsonl", "--model", "rules", "--out", "x.jsonl")


def test_bad_prompts(prompts: Path) -> None:
    with pytest.raises(SparError, match="Did you mean 'hf'"):
        _run("respond", prompts, "--model", "hff:x", "--out", "a.jsonl")
    assert not Path("runs").exists()
    with prompts.open("a") as file:
        file.write('{"text_of_another_kind": 1}\n')
    with pytest.raises(SparError, match="row 21"):
        _run("respond", prompts, "--model", "openai:m@http://127.0.0.1:9/v1", "--out", "a.jsonl")
    with pytest.raises(SystemExit):
        _run("respond", prompts, "--model", "openai:m@http://127.0.0.1:9/v1", "--out", prompts)
    assert not Path("a.jsonl").exists() and len(prompts.read_text().splitlines()) == 21
