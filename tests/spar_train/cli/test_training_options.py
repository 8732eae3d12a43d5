"""Mistakes on the command line of a training: exit status 2, the reason, and nothing written."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from command_line import Run

torch = pytest.importorskip("torch")
import small_training as small  # noqa: E402


def _bare(folder: Path) -> Path:
    """A model without a chat template."""
    small.model(folder)
    (folder / "chat_template.jinja").unlink(missing_ok=True)
    file = folder / "tokenizer_config.json"
    file.write_text(json.dumps({k: v for k, v in json.loads(file.read_text()).items() if k != "chat_template"}))
    return folder


def test_mistakes_end_with_status_2_and_leave_nothing(world: Path, tmp_path: Path, run: Run) -> None:
    out, rows, tiny = tmp_path / "out", world / "rows.jsonl", world / "model"
    (tmp_path / "empty.jsonl").write_text("")
    (tmp_path / "wrong.jsonl").write_text('{"text": "a"}\n')
    (tmp_path / "broken").mkdir()
    shutil.copy(tiny / "config.json", tmp_path / "broken")
    (tmp_path / "quantised").mkdir()
    (tmp_path / "quantised" / "config.json").write_text('{"quantization_config": {}}')
    used = tmp_path / "used"
    used.mkdir()
    (used / "thesis.tex").write_text("")
    cases: list[tuple[tuple[Any, ...], str]] = [
        (("sft", tmp_path / "empty.jsonl", "--model", tiny, "--out", out), "holds no rows"),
        (("sft", tmp_path / "none.jsonl", "--model", tiny, "--out", out), "none.jsonl does not exist"),
        (("sft", tmp_path / "wrong.jsonl", "--model", tiny, "--out", out), "line 1: no field messages"),
        (("dpo", rows, "--model", tiny, "--out", out), "line 1: no field"),
        (("sft", rows, "--model", tiny, "--out", out, "--max-length", 3), "none of 12 rows can be trained on: "),
        (("sft", rows, "--model", tiny, "--out", out, "--held-out", 99), "none is left to train on"),
        (("sft", rows, "--model", tmp_path / "no-model", "--out", out), "no-model does not exist"),
        (("sft", rows, "--model", tmp_path / "broken", "--out", out), "tokenizer cannot be loaded"),
        (("sft", rows, "--model", tmp_path / "quantised", "--out", out), "its weights are quantised"),
        (("sft", rows, "--model", "openai:gpt-4o", "--out", out), "its weights are not available here"),
        (("sft", rows, "--model", _bare(tmp_path / "bare"), "--out", out), "has no chat template"),
        (("sft", rows, "--model", tiny, "--out", used), "holds other files and no train.json"),
        (("sft", rows, "--model", tiny, "--out", out, "--learning-rate", 0), "0.0 is not in the range x>0"),
        (("sft", rows, "--model", tiny, "--out", out, "--max-length", "many"), "'many' is not a valid integer"),
    ]
    for words, expected in cases:
        for more in ((), ("--dry-run",)):
            status, stdout, stderr = run(*words, *more)
            assert (status, stdout) == (2, ""), words
            assert expected in stderr and "Traceback" not in stderr, (words, stderr)
    assert not out.exists() and [path.name for path in used.iterdir()] == ["thesis.tex"]
    weightless = tmp_path / "weightless"
    shutil.copytree(tiny, weightless)
    (weightless / "model.safetensors").write_bytes(b"no weights at all")
    status, _, stderr = run("sft", rows, "--model", weightless, "--out", out)
    assert status == 2 and "weightless cannot be loaded" in stderr and not out.exists()
