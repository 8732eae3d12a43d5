"""Checkpoints: FOLDER/step-000020/ with all that the next step needs, whole or not there.

A checkpoint is written beside its place, `state.json` last, then renamed; older ones go when it stands. One process, or
several with equal weights (DDP): `weights.safetensors` has the trained weights in float32, `optimizer.pt` the optimizer's
state; several that share out the weights (FSDP, ZeRO): what accelerate writes. There is no state of random numbers: those
of a step depend on the seed, the step and the process alone.
"""

from __future__ import annotations

import functools
import json
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from spar_data.core.errors import SparError
from spar_data.core.files import write_json
from spar_data.core.run_folder import differences
from spar_train.training.files.full_disk import sync, writing

_STATE = "state.json"
# may differ between a run and its continuation: they change how, not what is computed
FREE = ("save_every", "keep", "tokens_per_batch", "gradient_checkpointing", "attention", "save_dtype")


def save(run: Any, folder: Path, step: int, facts: Mapping[str, Any], keep: int) -> None:
    """run: .accelerator, .model (prepared), .optimizer. Every process calls this. Raises SparError where the disk is full;
    what was there before is then still there."""
    target, work = folder / _name(step), folder / f".{_name(step)}.tmp"
    before = latest(folder)
    kept = f"The checkpoint of step {before} is kept." if before is not None else "There is no older checkpoint."
    main = run.accelerator.is_main_process

    def begin() -> None:
        if main:
            shutil.rmtree(work, ignore_errors=True)
            work.mkdir(parents=True)

    def fill() -> None:
        if sharded(run.accelerator):
            run.accelerator.save_state(str(work))
        elif main:
            _write(run, work)

    def finish() -> None:
        if main:
            _finish(work, target, step, facts)

    def told(part: Callable[[], None]) -> None:
        with writing(f"The checkpoint of step {step}", folder, kept):
            part()

    try:
        for part in (begin, fill, finish):  # no process begins a part before all are through with the one before
            together(run.accelerator, functools.partial(told, part))
    except BaseException:
        if main:
            shutil.rmtree(work, ignore_errors=True)
        raise
    if main:
        for old in steps(folder)[:-keep]:
            _remove(folder / _name(old))


def _write(run: Any, work: Path) -> None:
    import torch
    from safetensors.torch import save_file

    model = run.accelerator.unwrap_model(run.model)
    save_file({n: p.detach().cpu().contiguous() for n, p in _trained(model).items()}, str(work / "weights.safetensors"))
    with (work / "optimizer.pt").open("wb") as file:
        torch.save(run.optimizer.state_dict(), file)


def _finish(work: Path, target: Path, step: int, facts: Mapping[str, Any]) -> None:
    files = {str(path.relative_to(work)): path.stat().st_size for path in sorted(work.rglob("*")) if path.is_file()}
    sync(work)
    write_json(work / _STATE, {"step": step, **facts, "files": files})
    sync(work)
    if target.exists():  # not whole, or it would have been gone on from
        _remove(target)
    work.rename(target)
    sync(target.parent)


def _remove(folder: Path) -> None:
    (folder / _STATE).unlink(missing_ok=True)  # first: what is left of a folder after a kill is no checkpoint
    shutil.rmtree(folder, ignore_errors=True)


def _name(step: int) -> str:
    return f"step-{step:06d}"


def steps(folder: Path) -> list[int]:
    """The steps of all whole checkpoints, in order."""
    return sorted(int(path.name.removeprefix("step-")) for path in folder.glob("step-*") if _state(path) is not None)


def latest(folder: Path) -> int | None:
    """The step of the newest whole checkpoint."""
    found = steps(folder)
    return found[-1] if found else None


def _state(folder: Path) -> dict[str, Any] | None:
    """What a checkpoint says of itself, or nothing if a file is missing or of another size."""
    try:
        state = json.loads((folder / _STATE).read_text(encoding="utf-8"))
        whole = all((folder / name).stat().st_size == size for name, size in state["files"].items())
    except (OSError, ValueError, KeyError, AttributeError):
        return None
    return state if whole and folder.name == _name(state.get("step", -1)) else None


def restore(run: Any, folder: Path, step: int, facts: Mapping[str, Any]) -> None:
    """Puts weights and optimizer back. Raises SparError for a checkpoint of another model, other rows or values, and for
    one that this set of processes cannot read."""
    place = folder / _name(step)
    state = _state(place) or {}
    if changes := differences(state, facts, free=FREE):
        raise SparError(
            f"{place} is a checkpoint of another training: {'; '.join(changes)}. Take another --out, or delete {folder}"
        )
    if sharded(run.accelerator):
        run.accelerator.load_state(str(place))
        return
    import torch
    from safetensors.torch import load_file

    weights = load_file(str(place / "weights.safetensors"))
    trained = _trained(run.accelerator.unwrap_model(run.model))
    if {n: w.shape for n, w in weights.items()} != {n: p.shape for n, p in trained.items()}:
        raise SparError(f"{place} holds the weights of another model. Take another --out, or delete {folder}")
    with torch.no_grad():
        for name, parameter in trained.items():
            parameter.copy_(weights[name])
    run.optimizer.load_state_dict(torch.load(place / "optimizer.pt", map_location="cpu", weights_only=True))


def sharded(accelerator: Any) -> bool:
    """Whether each process holds a part of the weights only."""
    return str(getattr(accelerator.distributed_type, "value", "")) in ("FSDP", "DEEPSPEED")


class OnlyHere(SparError):
    """What one process met and the main one did not: nobody else says it."""


def together(accelerator: Any, action: Callable[[], None]) -> None:
    """Runs it on every process. Where one fails all end: none waits for another that is gone."""
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


def _trained(model: Any) -> dict[str, Any]:
    return {name: parameter for name, parameter in model.named_parameters() if parameter.requires_grad}
