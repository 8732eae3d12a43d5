"""`spar-train sft`, `dpo` and `rft`: trainings from end to end, and mistakes on the command line."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from command_line import FAST, Run

torch = pytest.importorskip("torch")
import small_training as small  # noqa: E402


def test_two_files_and_a_limit(world: Path, tmp_path: Path, run: Run) -> None:
    more = small.dialogues(tmp_path / "more.jsonl", 5, seed=4)
    files = (world / "rows.jsonl", more)
    words = ("sft", *files, "--model", world / "model", "--json", "--dry-run", "--out", tmp_path / "o")
    assert json.loads(run(*words)[1])["rows"] == 17
    assert json.loads(run(*words, "--limit", 3)[1])["rows"] == 3


def test_ctrl_c_exits_130_and_the_command_continues(
    world: Path, tmp_path: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*args: object) -> None:
        raise KeyboardInterrupt

    words = (
        "sft",
        world / "rows.jsonl",
        "--model",
        world / "model",
        "--out",
        tmp_path / "out",
        "--save-every",
        1,
        *FAST,
    )
    with monkeypatch.context() as patch:
        patch.setattr("spar_train.training.fit._write_result", interrupted)
        status, _, stderr = run(*words)
    assert status == 130 and "continues from there" in stderr
    status, _, stderr = run(*words)
    assert status == 0 and "continuing after step 2 of 2" in stderr


def test_a_training_from_end_to_end(world: Path, tmp_path: Path, run: Run) -> None:
    out = tmp_path / "out"
    words = ("dpo", world / "pairs.jsonl", "--model", world / "model", "--out", out, "--held-out", 2, *FAST)
    status, stdout, _ = run(*words, "--dry-run")
    assert status == 0 and "10 rows, 2 held out" in stdout and "2 steps of 4 rows" in stdout and not out.exists()
    status, stdout, _ = run(*words)
    assert status == 0 and "margin" in stdout and stdout.splitlines()[-1] == str(out / "model")
    weights = (out / "model" / "model.safetensors").read_bytes()
    status, stdout, stderr = run(*words, "--json")
    facts = json.loads(stdout)
    assert status == 0 and stderr == "" and facts["finished"] and facts["rows"]["count"] == 10
    assert run(*words)[2].startswith(f"{out} is finished: nothing to do")
    assert (out / "model" / "model.safetensors").read_bytes() == weights


def test_recipes_decide_beta_and_the_nll_weight(world: Path, tmp_path: Path, run: Run) -> None:
    words = ("dpo", world / "pairs.jsonl", "--model", world / "model", "--max-steps", 1, "--json", "--out")
    facts = json.loads(run(*words, tmp_path / "a", "--recipe", "iterative-rpo")[1])
    assert (facts["settings"]["beta"], facts["settings"]["nll_weight"]) == (0.1, 1.0)
    facts = json.loads(run(*words, tmp_path / "b", "--recipe", "self-rewarding", "--beta", 0.3)[1])
    assert (facts["settings"]["beta"], facts["settings"]["nll_weight"]) == (0.3, 0.0)
    assert facts["settings"]["learning_rate"] == 2e-7 and facts["settings"]["batch_size"] == 32


def test_rft_starts_from_model_or_from_base(world: Path, tmp_path: Path, run: Run) -> None:
    other = small.model(tmp_path / "other")
    words = ("rft", world / "rows.jsonl", "--model", world / "model", "--json", *FAST, "--out")
    previous = json.loads(run(*words, tmp_path / "previous")[1])
    base = json.loads(run(*words, tmp_path / "base", "--start", "base", "--base", other)[1])
    assert (previous["stage"], previous["name"], base["name"]) == ("rft", str(world / "model"), str(other))
    assert run(*words, tmp_path / "neither", "--start", "base")[0] == 2


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
