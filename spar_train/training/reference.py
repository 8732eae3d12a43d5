"""Passes over rows without training: log-probabilities of the DPO reference, and the evaluation of held-out rows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
from numpy.typing import NDArray

from spar_data.core.files import write_parquet
from spar_data.core.ids import row_id
from spar_train.data.training_rows import AnyExample, digest
from spar_train.training.files.checkpoint import together
from spar_train.training.files.full_disk import writing
from spar_train.training.losses import dpo_loss, sft_loss
from spar_train.training.processes import ProcessRun

if TYPE_CHECKING:
    from torch import Tensor

_SCHEMA = pl.Schema({"id": pl.String, "chosen": pl.Float32, "rejected": pl.Float32})


def reference_logprobs(
    run: ProcessRun, pairs: Sequence[AnyExample], model: str, out: Path, say: Callable[[str], None]
) -> Tensor:
    """[n, 2] float32: log-probabilities of the chosen and the rejected replies under the model's initial weights.

    Has to be called before the first step. The result is kept in out/reference-KEY.parquet; KEY is the hash of the weights
    (model), of all tokens and of the precision.
    """
    import torch

    key = row_id(model, digest(pairs), "bf16" if run.bf16 else "fp32", str(run.config.lora))
    file = out / f"reference-{key}.parquet"
    logps = _read(file, len(pairs))
    if logps is None:
        say(f"reference: log-probabilities of {len(pairs):,} pairs")
        logps = run.measure(pairs)[0].cpu().numpy()
        columns = {"id": [pair.id for pair in pairs], "chosen": logps[:, 0], "rejected": logps[:, 1]}

        def write() -> None:
            if run.accelerator.is_main_process:
                with writing("The reference's log-probabilities", out, "Nothing was trained yet."):
                    write_parquet(file, pl.DataFrame(columns, schema=_SCHEMA))

        together(run.accelerator, write)
    return torch.from_numpy(np.ascontiguousarray(logps)).to(run.accelerator.device)


def _read(file: Path, rows: int) -> NDArray[np.float32] | None:
    try:
        frame = pl.read_parquet(file, columns=["chosen", "rejected"])
    except (OSError, pl.exceptions.PolarsError):
        return None
    return frame.to_numpy().astype(np.float32) if len(frame) == rows else None


def evaluate(run: ProcessRun, examples: Sequence[AnyExample], reference: Tensor | None) -> dict[str, float]:
    """held_out_loss and, for pairs, held_out_margin and held_out_accuracy. reference: [n, 2], None for SFT."""
    logps, sizes = run.measure(examples)
    if reference is None:
        return {"held_out_loss": float(sft_loss(logps, int(sizes.sum())))}
    sides = (logps[:, 0], logps[:, 1], reference[:, 0], reference[:, 1])
    loss, figures = dpo_loss(*sides, sizes[:, 0], run.config.beta, run.config.nll_weight, len(examples))
    return {
        "held_out_loss": float(loss),
        "held_out_margin": float(figures.margin),
        "held_out_accuracy": float(figures.accuracy),
    }
