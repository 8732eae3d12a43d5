"""Checkpoints: FOLDER/step-000020/ holds everything that the next step needs, or does not exist.

A checkpoint is written beside its place, `state.json` last, then renamed; older ones are removed after that. For one process,
or several with equal weights (DDP), `weights.safetensors` holds the trained weights in float32 and `optimizer.pt` the
optimizer's state; for several that share the weights (FSDP, ZeRO) it is what accelerate writes. No state of random numbers is
kept: those of a step depend on the seed, the step and the process alone.
"""

from __future__ import annotations

import functools
import json
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from spar_data.core.errors import SparError
from spar_data.core.files import JsonValue, write_json
from spar_data.core.run_folder import differences
from spar_train.training.files.full_disk import sync, writing
from spar_train.training.files.train_json import FREE

if TYPE_CHECKING:
    from accelerate import Accelerator
    from torch import Tensor
    from torch.nn import Module

    from spar_train.training.processes import ProcessRun

_STATE = "state.json"


def save(run: ProcessRun, folder: Path, step: int, identity: Mapping[str, object], keep: int) -> None:
    """Writes the checkpoint of a step and removes all but the newest `keep`. Every process has to call this.

    Raises SparError if the disk is full; earlier checkpoints are then still there.
    """
    target, work = folder / _name(step), folder / f".{_name(step)}.tmp"
    older = latest(folder)
    advice = f"The checkpoint of step {older} is kept." if older is not None else "There is no older checkpoint."
    main = run.accelerator.is_main_process

    def begin() -> None:
        if main:
            shutil.rmtree(work, ignore_errors=True)
            work.mkdir(parents=True)

    def fill() -> None:
        if run.sharded:
            run.accelerator.save_state(str(work))
        elif main:
            _write(run, work)

    def finish() -> None:
        if main:
            _finish(work, target, step, identity)

    def guarded(part: Callable[[], None]) -> None:
        with writing(f"The checkpoint of step {step}", folder, advice):
            part()

    try:
        for part in (begin, fill, finish):  # no process begins a part before all have finished the one before
            together(run.accelerator, functools.partial(guarded, part))
    except BaseException:
        if main:
            shutil.rmtree(work, ignore_errors=True)
        raise
    if main:
        for old in steps(folder)[:-keep]:
            _remove(folder / _name(old))


def _write(run: ProcessRun, work: Path) -> None:
    import torch
    from safetensors.torch import save_file

    trained = _trained(run.accelerator.unwrap_model(run.model))
    save_file({n: p.detach().cpu().contiguous() for n, p in trained.items()}, str(work / "weights.safetensors"))
    with (work / "optimizer.pt").open("wb") as file:
        torch.save(run.optimizer.state_dict(), file)


def _finish(work: Path, target: Path, step: int, identity: Mapping[str, object]) -> None:
    files = {str(path.relative_to(work)): path.stat().st_size for path in sorted(work.rglob("*")) if path.is_file()}
    sync(work)
    write_json(work / _STATE, {"step": step, **identity, "files": files})
    sync(work)
    if target.exists():  # not whole, or the training would have continued from it
        _remove(target)
    work.rename(target)
    sync(target.parent)


def _remove(folder: Path) -> None:
    (folder / _STATE).unlink(missing_ok=True)  # first: what a kill leaves of the folder is then no checkpoint
    shutil.rmtree(folder, ignore_errors=True)


def _name(step: int) -> str:
    return f"step-{step:06d}"


def steps(folder: Path) -> list[int]:
    """The steps of all whole checkpoints, in order."""
    return sorted(int(path.name.removeprefix("step-")) for path in folder.glob("step-*") if _state(path) is not None)


def latest(folder: Path) -> int | None:
    """The step of the newest whole checkpoint."""
    return max(steps(folder), default=None)


def _state(folder: Path) -> dict[str, JsonValue] | None:
    """The content of a checkpoint's state.json; None if a file is missing or has another size."""
    try:
        state = json.loads((folder / _STATE).read_text(encoding="utf-8"))
        whole = all((folder / name).stat().st_size == size for name, size in state["files"].items())
    except (OSError, ValueError, KeyError, AttributeError):
        return None
    return state if whole and folder.name == _name(state.get("step", -1)) else None


def restore(run: ProcessRun, folder: Path, step: int, identity: Mapping[str, object]) -> None:
    """Loads weights and optimizer. Raises SparError for a checkpoint of another model, of other rows or other settings."""
    place = folder / _name(step)
    if changes := differences(_state(place) or {}, identity, free=FREE):
        raise SparError(
            f"{place} is a checkpoint of another training: {'; '.join(changes)}. Use another --out or remove {folder}"
        )
    if run.sharded:
        run.accelerator.load_state(str(place))
        return
    import torch
    from safetensors.torch import load_file

    weights = load_file(str(place / "weights.safetensors"))
    trained = _trained(run.accelerator.unwrap_model(run.model))
    if {n: w.shape for n, w in weights.items()} != {n: p.shape for n, p in trained.items()}:
        raise SparError(f"{place} holds the weights of another model. Use another --out or remove {folder}")
    with torch.no_grad():
        for name, parameter in trained.items():
            parameter.copy_(weights[name])
    run.optimizer.load_state_dict(torch.load(place / "optimizer.pt", map_location="cpu", weights_only=True))


class OnlyHere(SparError):
    """An error of one process that the main process did not have, so that nobody else reports it."""


def together(accelerator: Accelerator, action: Callable[[], None]) -> None:
    """Runs an action on every process. If it fails on one, all of them end: none waits for another that is gone."""
    failure: Exception | None = None
    try:
        action()
    except Exception as error:
        failure = error
    if accelerator.num_processes > 1:
        import torch

        failed, main = float(failure is not None), accelerator.is_main_process
        flags = accelerator.reduce(torch.tensor([failed, failed * main], device=accelerator.device))
        if failure is None and flags[0].item():
            raise SystemExit(2)
        if isinstance(failure, SparError) and not main and not flags[1].item():
            raise OnlyHere(str(failure)) from failure
    if failure is not None:
        raise failure


def _trained(model: Module) -> dict[str, Tensor]:
    return {name: parameter for name, parameter in model.named_parameters() if parameter.requires_grad}
