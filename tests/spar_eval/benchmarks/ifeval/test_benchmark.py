"""IFEval: every verdict on the official responses."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from ifeval_files import run_command

from spar_eval.benchmarks.ifeval.benchmark import FINAL_RELEASE
from spar_eval.run_folder import load_result

DATA = os.environ.get("SPAR_TEST_DATA", "")


@pytest.mark.data
@pytest.mark.skipif(not DATA, reason="SPAR_TEST_DATA is not set")
def test_every_verdict_on_gpt4s_responses_is_the_official_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = Path(DATA) / "ifeval"
    monkeypatch.chdir(tmp_path)
    file = folder / "input_response_data_gpt4_20231107_145030.jsonl"
    summary = json.loads(
        run_command("ifeval", "--data", folder / "input_data.jsonl", "--responses", file, "--json").output
    )
    reference = [json.loads(line) for line in (folder / "reference_results_gpt4_20231107.jsonl").open()]
    items = load_result(Path(summary["out"])).items
    for item, row in zip(items, reference, strict=True):
        assert item.id == str(row["key"])
        for metric in ("strict", "loose"):
            assert [c.verdicts[metric] for c in item.checks] == row[f"follow_instruction_list_{metric}"], item.id
    passed = [round(s["value"] * s["n"]) for s in summary["scores"][:4]]
    assert passed == [417, 698, 431, 714]
    prompt, instruction = summary["scores"][:2]
    assert [round(100 * prompt[x], 2) for x in ("value", "stderr", "low", "high")] == [77.08, 1.81, 73.35, 80.42]
    assert [round(100 * instruction[x], 2) for x in ("value", "stderr")] == [83.69, 1.29]
    assert summary["signature"].startswith(f"ifeval|data:final release,{FINAL_RELEASE}|n:541/834|")
    assert any("1122, 1129" in note for note in summary["notes"])
    assert summary["counts"] == {"matched by place": 1}
