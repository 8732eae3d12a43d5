"""Log-probabilities of the reference: those of the weights that DPO starts from, computed once, before the first step."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from spar_data.core.files import write_parquet
from spar_data.core.ids import row_id
from spar_train.data.prepare import digest
from spar_train.training import losses
from spar_train.training.files.checkpoint import together
from spar_train.training.files.full_disk import writing
from spar_train.training.processes import Run

_SCHEMA = pl.Schema({"id": pl.String, "chosen": pl.Float32, "rejected": pl.Float32})


def reference_logprobs(
    run: Run, pairs: Sequence[Any], model: str, out: Path, say: Callable[[str], None] = lambda line: None
) -> Any:
    """[n, 2] float32: of the chosen and the rejected reply. The run's model still has its initial weights.

    Kept in out/reference-KEY.parquet; the key is the hash of the weights (model), of all tokens and of the precision.
    """
    import torch

    key = row_id(model, digest(pairs), "bf16" if run.half else "fp32", str(run.config.lora))
    file = out / f"reference-{key}.parquet"
    device = run.accelerator.device
    stored = _read(file, len(pairs))
    if stored is None:
        say(f"reference: log-probabilities of {len(pairs):,} pairs")
        stored = run.measure(pairs)[0].cpu().numpy()

        def write() -> None:
            if run.accelerator.is_main_process:
                columns = {"id": [p.id for p in pairs], "chosen": stored[:, 0], "rejected": stored[:, 1]}
                with writing("The reference's log-probabilities", out, "Nothing was trained yet."):
                    write_parquet(file, pl.DataFrame(columns, schema=_SCHEMA))

        together(run.accelerator, write)
    return torch.from_numpy(np.ascontiguousarray(stored)).to(device)


def _read(file: Path, rows: int) -> Any:
    try:
        frame = pl.read_parquet(file, columns=["chosen", "rejected"])
    except (OSError, pl.exceptions.PolarsError):
        return None
    return frame.to_numpy().astype(np.float32) if len(frame) == rows else None


def evaluate(run: Run, rows: Sequence[Any], reference: Any) -> dict[str, float]:
    """held_out_loss and, of pairs, held_out_margin and held_out_accuracy. reference: [n, 2], None for SFT."""
    logps, sizes = run.measure(rows)
    if reference is None:
        return {"held_out_loss": float(losses.sft(logps, int(sizes.sum())))}
    s, sides = run.config, (logps[:, 0], logps[:, 1], reference[:, 0], reference[:, 1])
    loss, stats = losses.dpo(*sides, sizes[:, 0], s.beta, s.nll_weight, len(rows))
    found = {"loss": loss, "margin": stats.margin, "accuracy": stats.accuracy}
    return {f"held_out_{name}": float(value) for name, value in found.items()}
