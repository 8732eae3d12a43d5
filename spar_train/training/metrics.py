"""What a training says of each step: metrics.jsonl, TensorBoard, and a line for people."""

from __future__ import annotations

import contextlib
import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from spar_data.core.files import write_jsonl
from spar_train.training.files.full_disk import writing

_KEPT = "The checkpoints are kept."


class Metrics:
    """Writes a step's numbers. step: the last one that counts, on resume; lines and curves beyond it are cut off."""

    def __init__(self, out: Path, step: int = 0) -> None:
        from torch.utils.tensorboard import SummaryWriter

        self._place = out
        file = out / "metrics.jsonl"
        with writing("metrics.jsonl", out, _KEPT):
            write_jsonl(file, upto(file, step))
            self._file = file.open("a", encoding="utf-8")
            self._board = SummaryWriter(str(out / "tensorboard"), purge_step=step + 1 if step else None)

    def __call__(self, line: Mapping[str, Any]) -> None:
        with writing("metrics.jsonl", self._place, _KEPT):
            self._file.write(json.dumps(line) + "\n")
            self._file.flush()
            for name, value in line.items():
                if name != "step":
                    self._board.add_scalar(f"train/{name}", value, line["step"])
            self._board.flush()

    def close(self) -> None:
        """Every line is on the disk already: what fails here failed before, and was told."""
        for each in (self._file, self._board):
            with contextlib.suppress(OSError):
                each.close()


def upto(file: Path, step: int) -> list[dict[str, Any]]:
    """The lines of steps 1 to step. A torn last line, as a kill leaves it, is none."""
    found = []
    for text in file.read_text(encoding="utf-8").splitlines() if file.is_file() else ():
        try:
            line = json.loads(text)
        except ValueError:
            break
        if line["step"] <= step:
            found.append(line)
    return found


def told(line: Mapping[str, Any], total: int, left: float) -> str:
    """A step for people. left: seconds to go."""
    parts = [f"step {line['step']:,} of {total:,}", f"loss {line['loss']:.4f}"]
    if "margin" in line:
        parts += [f"margin {line['margin']:+.4f}", f"accuracy {line['accuracy']:.2f}"]
        parts += [f"log-probs {line['chosen_logp']:.1f} / {line['rejected_logp']:.1f}"]
    if "held_out_loss" in line:
        parts += [f"held out {line['held_out_loss']:.4f}"]
    if "held_out_accuracy" in line:
        parts += [f"held-out accuracy {line['held_out_accuracy']:.2f}"]
    parts += [f"{line['tokens_per_s']:,.0f} tokens/s", f"{line['memory_gb']:.1f} GB", f"{duration(left)} left"]
    return ", ".join(parts)


def duration(seconds: float) -> str:
    """42s, 7m, 3h 20m."""
    if seconds < 60:
        return f"{math.ceil(seconds)}s"
    minutes = math.ceil(seconds / 60)
    return f"{minutes}m" if minutes < 60 else f"{minutes // 60}h {minutes % 60:02}m"
