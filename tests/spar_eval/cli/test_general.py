"""`spar-eval general`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from harness_tasks import needs_harness

from spar_eval.cli.main import cli
from spar_eval.comparison.compare import compare
from spar_eval.run_folder import load_result


@needs_harness
def test_a_local_model_on_local_data(tasks: Path, tiny: str, tmp_path: Path) -> None:
    """The tiny model answers with letters: nothing is right, no filter finds a number, and all of it is reported."""
    out = tmp_path / "run"
    command = ["general", "--model", tiny, "--tasks", "sums", "--include", str(tasks), "--max-tokens", "16"]
    done = CliRunner().invoke(cli, [*command, "--out", str(out), "--json"])
    assert done.exception is None
    plain = json.loads(done.stdout)
    assert [(s["name"], s["value"], s["n"]) for s in plain["scores"]] == [
        ("sums exact_match,strict-match", 0.0, 3),
        ("sums exact_match,flexible-extract", 0.0, 3),
    ]
    assert plain["scores"][0]["high"] == pytest.approx(0.5615, abs=1e-4)  # Wilson's, for 0 of 3
    assert plain["counts"] == {"no answer found (sums, strict-match)": 3, "no answer found (sums, flexible-extract)": 3}
    assert "Without them exact_match: no reply is left" in plain["notes"][0]
    start = "general|sums-v3:0-shot:exact_match,strict-match+exact_match,flexible-extract|data:"
    assert plain["signature"].startswith(start)
    assert "|chat:yes|max-tokens:16|thinking:removed|lm-eval-" in plain["signature"]
    result = load_result(out)
    assert [item.id for item in result.items] == ["sums/0", "sums/1", "sums/2"]
    first = result.items[0]
    assert first.prompt == "<|user|>Question: 17 + 1?\nAnswer:<|assistant|>" and 3 <= len(first.response) <= 7
    assert first.checks[0].verdicts == {"exact_match,strict-match": False, "exact_match,flexible-extract": False}
    assert "expected 17 + 1 = 18 #### 18" in first.checks[0].reason
    assert compare([result], [result]).metrics[0].items.p == 1.0
    text = CliRunner().invoke(cli, [*command, "--limit", "2", "--out", str(out)])  # answers come from the cache
    assert "the first items only: sums: 2 of 3" in text.stdout and "|limit:2|" in text.stdout
    assert load_result(out).items == result.items[:2]
