"""Real runs of lm-evaluation-harness on local data with a tiny model and a scripted server."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from harness_tasks import needs_harness

from spar_data.core.errors import SparError
from spar_eval.benchmarks.general.config import GeneralConfig
from spar_eval.benchmarks.general.run import evaluate_general
from spar_eval.cli.main import cli
from spar_eval.run_folder import save_result


@needs_harness
def test_code_runs_with_permission_only(tasks: Path, tiny: str, tmp_path: Path) -> None:
    config = GeneralConfig("coder", include=tasks, max_tokens=16, cache=tmp_path / "cache", allow_code=True)
    assert evaluate_general(tiny, config).scores[0].n == 3
    assert "HF_ALLOW_CODE_EVAL" not in os.environ  # the permission ends with the run


@needs_harness
def test_a_server_whose_replies_one_filter_finds_and_one_does_not(
    tasks: Path, serve: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two of three are right; the third says its sum without the four signs, which one filter finds and one does not."""
    replies = {"17": "<think>12?</think>So #### 18", "4": "It is 5", "1200": "#### 1,201"}
    server = serve(lambda prompt, nth: replies[prompt.split()[1]])
    monkeypatch.setenv("SPAR_API_KEY", "sk-secret")
    config = GeneralConfig("sums", include=tasks, cache=tmp_path / "cache", system="Be brief.")
    result = evaluate_general(f"openai:m@{server.url}", config)
    assert [score.value for score in result.scores] == [pytest.approx(2 / 3), 1.0]
    assert [item.checks[0].verdicts["exact_match,strict-match"] for item in result.items] == [True, False, True]
    assert result.items[0].response == "So #### 18"
    assert "strict-match: 1 of 3 replies hold no answer" in result.notes[0] and "exact_match: 2 of 2" in result.notes[0]
    assert any("which replies of a server were cut off" in note for note in result.notes)
    save_result(result, tmp_path / "run")
    assert any("sk-secret" in key for key in server.keys)
    assert "sk-secret" not in "".join(f.read_text() for f in (tmp_path / "run").iterdir())
    assert server.requests[0]["messages"][0] == {"role": "system", "content": "Be brief."}
    calls = sum(server.calls.values())
    again = evaluate_general(f"openai:m@{server.url}", config)
    assert (again.items, sum(server.calls.values())) == (result.items, calls)


@needs_harness
def test_a_server_that_refuses(
    tasks: Path, serve: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("time.sleep", lambda seconds: None)
    server = serve(lambda prompt, nth: 401)
    config = GeneralConfig("sums", include=tasks, cache=tmp_path / "cache", concurrency=1)
    with pytest.raises(SparError, match=r"does not answer: 401"):
        evaluate_general(f"openai:m@{server.url}", config)


@needs_harness
def test_dry_run_makes_no_call(tasks: Path, serve: Callable[..., Any]) -> None:
    server = serve()
    command = ["general", "--model", f"openai:m@{server.url}", "--tasks", "sums", "--include", str(tasks), "--dry-run"]
    plan = json.loads(CliRunner().invoke(cli, [*command, "--max-tokens", "100", "--json"]).stdout)
    assert (plan["calls"], plan["completion_tokens"]) == (3, 300) and 12 <= plan["prompt_tokens"] <= 30
    assert not server.calls and not Path("runs").exists()
