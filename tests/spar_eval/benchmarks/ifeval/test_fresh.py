"""New prompts in the manner of IFEval."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from ifeval_files import run_command


def test_fresh_prompts_are_sound_new_and_reproducible(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    run_command("fresh", "--out", "a.jsonl", "--size", 150)
    run_command("fresh", "--out", "b.jsonl", "--size", 60)
    run_command("fresh", "--out", "c.jsonl", "--size", 60, "--seed", 1)
    a, b, c = (Path(f"{name}.jsonl").read_text().splitlines() for name in "abc")
    assert len(set(a)) == 150 and a[:60] == b
    assert not {json.loads(x)["prompt"] for x in b} & {json.loads(x)["prompt"] for x in c}
    assert run_command("doctor", "a.jsonl").output.endswith("0 errors, 0 doubts\n")
    names = {name for line in a for name in json.loads(line)["instruction_id_list"]}
    assert len(names) >= 23
