"""The work of each of two CPU processes: a training by DDP, then one by FSDP2 that is stopped and continues.

accelerate allows FSDP only for processes with accelerators; here it is told that these are of such a kind. Everything below
it (torch's fully_shard over gloo, sharded checkpoints) is real.
"""

from __future__ import annotations

import contextlib
import json
import os
import sys
from pathlib import Path

import small_training as small
from accelerate import Accelerator, PartialState
from accelerate.state import AcceleratorState, GradientState
from accelerate.utils import DistributedType

from spar_data.core.errors import SparError
from spar_train.training import fit
from spar_train.training.files import checkpoint
from spar_train.training.files.checkpoint import steps


def _one_fails() -> str:
    """The error of each process if only the second one has no room."""

    def action() -> None:
        if not PartialState().is_main_process:
            raise SparError("no room")

    try:
        checkpoint.together(Accelerator(), action)
    except (SparError, SystemExit) as error:
        return f"{type(error).__name__} {error}"
    return "nothing"


def main(folder: Path) -> None:
    more = {"held_out": 2, "tokens_per_batch": 60}  # several micro-batches, and not for each process one of every step
    fit.fit(small.job(folder, "ddp", **more))
    failing = small.job(folder, "failing", model=str(folder / "none"))
    try:
        fit.fit(failing)
        status = 0
    except (SparError, SystemExit) as error:
        status = 1 if isinstance(error, SparError) else int(str(error.code))
    Path(folder / f"status-{PartialState().process_index}").write_text(f"{status} {_one_fails()}")
    AcceleratorState._reset_state()
    GradientState._reset_state()
    PartialState._shared_state["distributed_type"] = DistributedType.MULTI_XPU
    os.environ.update(
        ACCELERATE_USE_FSDP="true", FSDP_VERSION="2", FSDP_AUTO_WRAP_POLICY="TRANSFORMER_BASED_WRAP",
        FSDP_STATE_DICT_TYPE="SHARDED_STATE_DICT", FSDP_CPU_RAM_EFFICIENT_LOADING="true", FSDP_RESHARD_AFTER_FORWARD="true",
    )  # fmt: skip
    kinds: list[str] = []
    plain = checkpoint.save

    def save(run: object, *args: object) -> None:
        """Ends all processes after the checkpoint of step 4."""
        plain(run, *args)  # type: ignore[arg-type]
        kinds.extend(sorted({type(p).__name__ for p in run.model.parameters()}))  # type: ignore[attr-defined]
        if args[1] == 4:
            raise InterruptedError

    checkpoint.save = save  # type: ignore[assignment]
    with contextlib.suppress(InterruptedError):
        fit.fit(small.job(folder, "fsdp", **more))
    checkpoint.save = plain
    if PartialState().is_main_process:
        found = {"left": steps(folder / "fsdp" / "checkpoints"), "kinds": sorted(set(kinds))}
        (folder / "fsdp.json").write_text(json.dumps(found))
    PartialState().wait_for_everyone()
    fit.fit(small.job(folder, "fsdp", **more))
    PartialState().destroy_process_group()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
