"""Trainings that are killed with SIGKILL at named instants, and go on. Prints one JSON object: the result by instant.

A process of its own: every training is a fork of it, so that torch is imported once, and this process itself never trains.
"""

from __future__ import annotations

import json
import os
import resource
import signal
import sys
from collections.abc import Callable
from pathlib import Path

# what a training imports as it goes: here, so that no fork does it again
import accelerate  # noqa: F401
import safetensors.torch  # noqa: F401
import small_training as small
import torch
import torch.utils.tensorboard
import transformers.models.llama.modeling_llama  # noqa: F401

from spar_data.core import files
from spar_data.core.errors import SparError
from spar_train.training.files import checkpoint, export
from spar_train.training.fit import fit
from spar_train.training.job import TrainingJob, TrainingProgress

torch.set_num_threads(1)


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def dying(module: object, name: str, when: Callable[..., bool], after: bool = False) -> None:
    """Replaces module.name: the process dies at the first call for which `when` holds, before it or after it."""
    plain = getattr(module, name)

    def call(*args: object, **values: object) -> object:
        hit = when(*args)
        if hit and not after:
            die()
        result = plain(*args, **values)
        if hit:
            die()
        return result

    setattr(module, name, call)


def half_written() -> None:
    """torch.save writes half of the optimizer of step 4, then the process dies."""
    calls: list[int] = []

    def save(state: object, file: object) -> None:
        calls.append(1)
        if len(calls) == 2:
            file.write(b"half of it")  # type: ignore[attr-defined]
            file.flush()  # type: ignore[attr-defined]
            die()
        plain(state, file)

    plain = torch.save
    torch.save = save


def at_step(number: int) -> TrainingProgress:
    return TrainingProgress(step=lambda line, total, left: die() if line["step"] == number else None)


# instant -> (what is set up in the process, the newest whole checkpoint that is left)
INSTANTS: dict[str, tuple[Callable[[], TrainingProgress | None], int | None]] = {
    "before the first checkpoint": (lambda: at_step(1), None),
    "after a step, before its checkpoint": (lambda: at_step(4), 2),
    "within the optimizer's file": (lambda: half_written(), 2),
    "before state.json": (lambda: dying(checkpoint, "write_json", lambda path, *_: "step-000004" in str(path)), 2),
    "before the checkpoint gets its name": (
        lambda: dying(Path, "rename", lambda path, *_: path.name == ".step-000004.tmp"), 2),
    "before an older checkpoint goes": (
        lambda: dying(checkpoint, "_remove", lambda path: path.name == "step-000002"), 4),
    "while an older checkpoint goes": (
        lambda: dying(checkpoint.shutil, "rmtree", lambda path, *_: Path(path).name == "step-000002"), 4),
    "within the model's folder": (lambda: dying(export, "write_json", lambda *_: True), 6),
    "before the training is finished": (
        lambda: dying(Path, "rename", lambda path, *_: path.name == ".model.tmp", after=True), 6),
    "after it is finished": (lambda: dying(checkpoint.shutil, "rmtree", lambda path, *_: Path(path).name == "checkpoints"), 6),
}  # fmt: skip


def forked(action: Callable[[], object]) -> int:
    """Runs it in a fork; returns the exit status, or minus the signal."""
    child = os.fork()
    if child == 0:
        status = 1
        try:
            action()
            status = 0
        except SparError as error:
            sys.stderr.write(f"{error}\n")
            status = 2
        finally:
            os._exit(status)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def killed(job: TrainingJob, instant: str) -> dict[str, object]:
    setup, _ = INSTANTS[instant]
    first = forked(lambda: fit(job, setup()))
    left = checkpoint.latest(job.out / "checkpoints")
    second = forked(lambda: fit(job))
    return {"status": [first, second], "left": left, **result_of(job.out)}


def full_disk(job: TrainingJob) -> dict[str, object]:
    """No file may grow beyond what the first checkpoint needed while that of step 4 is written."""

    def small_files(line: dict[str, object], total: int, left: float) -> None:
        if line["step"] == 4:
            resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, 50_000))

    first = forked(lambda: fit(job, TrainingProgress(step=small_files)))
    left = checkpoint.latest(job.out / "checkpoints")
    names = sorted(path.name for path in (job.out / "checkpoints").iterdir())
    second = forked(lambda: fit(job))
    return {"status": [first, second], "left": left, "names": names, **result_of(job.out)}


def result_of(out: Path) -> dict[str, object]:
    facts = json.loads((out / "train.json").read_text())
    return {
        "weights": files.sha256(out / "model" / "model.safetensors"),
        "steps": [line["step"] for line in small.lines(out)],
        "losses": [line["loss"] for line in small.lines(out)],
        "finished": facts["finished"],
        "leftovers": sorted(
            path.name for path in out.iterdir() if path.name.startswith(".") or path.name == "checkpoints"
        ),
    }


def main(folder: Path) -> None:
    def prepare() -> None:
        small.world(folder)

    assert forked(prepare) == 0
    outcomes: dict[str, object] = {}
    for stage in ("dpo", "sft"):
        jobs = {name: small.job(folder, f"{stage} {name}", stage, keep=1) for name in (*INSTANTS, "unbroken", "disk")}
        assert forked(lambda job=jobs["unbroken"]: fit(job)) == 0  # type: ignore[misc]
        outcomes[stage] = {"unbroken": result_of(jobs["unbroken"].out)}
        instants = (
            INSTANTS if stage == "dpo" else ("after a step, before its checkpoint", "within the optimizer's file")
        )
        outcomes[stage].update({name: killed(jobs[name], name) for name in instants})  # type: ignore[attr-defined]
        if stage == "dpo":
            outcomes["disk"] = full_disk(jobs["disk"])
    outcomes["expected"] = {name: left for name, (_, left) in INSTANTS.items()}
    print(json.dumps(outcomes))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
