"""How the model does on rows that it is not trained on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from spar_train.training import losses
from spar_train.training.processes import Run


def evaluate(run: Run, rows: Sequence[Any], reference: Any) -> dict[str, float]:
    """held_out_loss and, of pairs, held_out_margin and held_out_accuracy. reference: [n, 2], None for SFT."""
    logps, sizes = run.measure(rows)
    if reference is None:
        return {"held_out_loss": float(losses.sft(logps, int(sizes.sum())))}
    s, sides = run.settings, (logps[:, 0], logps[:, 1], reference[:, 0], reference[:, 1])
    loss, stats = losses.dpo(*sides, sizes[:, 0], s.beta, s.nll_weight, len(rows))
    found = {"loss": loss, "margin": stats.margin, "accuracy": stats.accuracy}
    return {f"held_out_{name}": float(value) for name, value in found.items()}
