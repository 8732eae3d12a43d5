"""The metrics of each step: metrics.jsonl, TensorBoard, and a line of text."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import TypeAlias

from spar_data.core.files import write_jsonl
from spar_train.planning.text import format_duration
from spar_train.training.files.full_disk import writing

StepMetrics: TypeAlias = Mapping[str, int | float]
"""A line of metrics.jsonl: step, epoch, loss, grad_norm, learning_rate, tokens, ...; docs/training.md lists them."""

_ADVICE = "The checkpoints are kept."


class MetricsWriter:
    """Writes the metrics of steps. step: the last one that counts on resume; later lines and curves are cut off."""

    def __init__(self, out: Path, step: int = 0) -> None:
        from torch.utils.tensorboard import SummaryWriter

        self._out = out
        file = out / "metrics.jsonl"
        with writing("metrics.jsonl", out, _ADVICE):
            write_jsonl(file, read_metrics(file, step))
            self._file = file.open("a", encoding="utf-8")
            self._board = SummaryWriter(str(out / "tensorboard"), purge_step=step + 1 if step else None)

    def write(self, metrics: StepMetrics) -> None:
        with writing("metrics.jsonl", self._out, _ADVICE):
            self._file.write(json.dumps(metrics) + "\n")
            self._file.flush()
            for name, value in metrics.items():
                if name != "step":
                    self._board.add_scalar(f"train/{name}", value, metrics["step"])
            self._board.flush()

    def close(self) -> None:
        """Closes both files. Every line is on the disk already: an error here was raised before, by `write`."""
        for file in (self._file, self._board):
            with contextlib.suppress(OSError):
                file.close()


def read_metrics(file: Path, last_step: float = float("inf")) -> list[StepMetrics]:
    """The metrics of all steps up to `last_step`. A torn last line, as a kill leaves it, is ignored."""
    lines: list[StepMetrics] = []
    for text in file.read_text(encoding="utf-8").splitlines() if file.is_file() else ():
        try:
            line = json.loads(text)
        except ValueError:
            break
        if line["step"] <= last_step:
            lines.append(line)
    return lines


def metrics_text(metrics: StepMetrics, total: int, remaining: float) -> str:
    """A step as a line of text. remaining: seconds to go."""
    parts = [f"step {metrics['step']:,} of {total:,}", f"loss {metrics['loss']:.4f}"]
    if "margin" in metrics:
        parts += [f"margin {metrics['margin']:+.4f}", f"accuracy {metrics['accuracy']:.2f}"]
        parts += [f"log-probs {metrics['chosen_logp']:.1f} / {metrics['rejected_logp']:.1f}"]
    if "held_out_loss" in metrics:
        parts += [f"held-out loss {metrics['held_out_loss']:.4f}"]
    if "held_out_accuracy" in metrics:
        parts += [f"held-out accuracy {metrics['held_out_accuracy']:.2f}"]
    parts += [f"{metrics['tokens_per_s']:,.0f} tokens/s", f"{metrics['memory_gb']:.1f} GB"]
    return ", ".join([*parts, f"{format_duration(remaining)} left"])
