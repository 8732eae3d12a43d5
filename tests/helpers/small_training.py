"""Trainings of a tiny model on a few rows of random letters: seconds on a CPU."""

from __future__ import annotations

import dataclasses
import json
import random
from pathlib import Path
from typing import Any

import torch
from tiny_model import build

from spar_train.config import DPO, SFT, TrainingConfig
from spar_train.training.job import TrainingJob, TrainingProgress

RATE = 1e-3
ROWS = 12


def model(folder: Path, dtype: str = "float32") -> Path:
    """The tiny model, in this number format and with a generation_config of its own."""
    import transformers

    transformers.utils.logging.disable_progress_bar()
    build(folder)
    if dtype != "float32":
        loaded = transformers.AutoModelForCausalLM.from_pretrained(folder, dtype=getattr(torch, dtype))
        loaded.save_pretrained(folder)
    file = folder / "generation_config.json"
    file.write_text(json.dumps({**json.loads(file.read_text()), "repetition_penalty": 1.25}))
    return folder


def pairs(file: Path, count: int = ROWS, seed: int = 0) -> Path:
    draw = random.Random(seed)
    rows = [
        {
            "id": f"pair{i}",
            "prompt": [{"role": "user", "content": letters(draw, 12)}],
            "chosen": letters(draw, 30),
            "rejected": letters(draw, 30),
        }
        for i in range(count)
    ]
    return _write(file, rows)


def dialogues(file: Path, count: int = ROWS, seed: int = 0) -> Path:
    draw = random.Random(seed)
    rows = []
    for i in range(count):
        turns = [{"role": "user", "content": letters(draw, 12)}, {"role": "assistant", "content": letters(draw, 30)}]
        rows.append({"id": f"row{i}", "messages": turns})
    return _write(file, rows)


def letters(draw: random.Random, most: int) -> str:
    return "".join(draw.choice("abcdefghij") for _ in range(draw.randint(3, most)))


def _write(file: Path, rows: list[dict[str, Any]]) -> Path:
    file.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return file


def config(stage: str, **more: Any) -> TrainingConfig:
    """Four rows a step, a rate that moves weights from the first step on, a checkpoint every second step."""
    base: Any = DPO if stage == "dpo" else SFT
    values = {"learning_rate": RATE, "schedule": "constant", "batch_size": 4, "epochs": 2.0, "save_every": 2, **more}
    return dataclasses.replace(base, **values)


def job(folder: Path, out: str, stage: str = "dpo", **more: Any) -> TrainingJob:
    """A job on folder/model and folder/pairs.jsonl or rows.jsonl, writing folder/out. more: fields of the config or of Job."""
    rows = (folder / ("pairs.jsonl" if stage == "dpo" else "rows.jsonl"),)
    fields = {field.name for field in dataclasses.fields(TrainingJob)}
    values = {name: value for name, value in more.items() if name not in fields}
    plain = TrainingJob(stage, str(folder / "model"), rows, folder / out, config(stage, **values))
    return dataclasses.replace(plain, **{name: value for name, value in more.items() if name in fields})


def world(folder: Path, dtype: str = "float32") -> Path:
    """folder with model, pairs.jsonl and rows.jsonl."""
    model(folder / "model", dtype)
    pairs(folder / "pairs.jsonl")
    dialogues(folder / "rows.jsonl")
    return folder


def weights(folder: Path) -> dict[str, Any]:
    """Those of a saved model."""
    from safetensors.torch import load_file

    return dict(load_file(folder / "model.safetensors"))


def lines(out: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (out / "metrics.jsonl").read_text().splitlines()]


def lines_whole(out: Path) -> list[dict[str, Any]]:
    """Without a torn last line."""
    return [json.loads(line) for line in (out / "metrics.jsonl").read_text().splitlines() if line.endswith("}")]


def stopping(after: int, error: BaseException) -> TrainingProgress:
    """A report that raises once a step was taken and told, before its checkpoint is written."""

    def step(line: dict[str, Any], total: int, left: float) -> None:
        if line["step"] == after:
            raise error

    return TrainingProgress(step=step)
