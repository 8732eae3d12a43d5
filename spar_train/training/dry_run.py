"""Dry runs: what a training would do, without loading the weights."""

from __future__ import annotations

import dataclasses
import os
from dataclasses import dataclass

from spar_data.core.errors import SparError
from spar_data.core.files import JsonValue
from spar_train.data.examples import reason_counts
from spar_train.data.training_rows import lengths, sequences
from spar_train.planning.devices import Devices, this_machine
from spar_train.planning.memory_plan import MemoryPlan, Workload, plan_memory
from spar_train.planning.shape import shape_of_folder
from spar_train.planning.smallest_change import smallest_change
from spar_train.planning.text import change_text, memory_text
from spar_train.training.batches import plan_steps
from spar_train.training.files.train_json import identity, stored_facts
from spar_train.training.job import TrainingJob, read_rows
from spar_train.training.model import ModelSource, find_model, load_tokenizer


@dataclass(frozen=True, repr=False)
class DryRun:
    """The size of a training and its memory on this machine. Printing it shows both as text.

    left_out       number of rows that are set aside, by reason.
    tokens         of all steps together; targets: of all rows, those that the loss is on.
    largest_step   tokens.
    memory         None if the model's memory cannot be planned; memory_text says why.
    """

    stage: str
    model: str
    rows: int
    held_out: int
    left_out: dict[str, int]
    steps: int
    batch_size: int
    tokens: int
    targets: int
    sequences: int
    mean_length: float
    longest: int
    largest_step: int
    memory: MemoryPlan | None = None
    memory_text: str = ""

    def __repr__(self) -> str:
        left_out = "".join(f"\n  {number:>8,}  set aside: {reason}" for reason, number in self.left_out.items())
        held_out = f", {self.held_out:,} held out" if self.held_out else ""
        return (
            f"{self.stage} of {self.model}: {self.rows:,} rows{held_out}{left_out}\n"
            f"{self.steps:,} steps of {self.batch_size:,} rows, {self.tokens:,} tokens in total; a sequence has "
            f"{self.mean_length:,.0f} on average, {self.longest:,} at most\n"
            f"\n{self.memory_text}\n\nOther machines: `spar-train plan`. Nothing was written."
        )

    def to_dict(self) -> dict[str, JsonValue]:
        """Plain values, as `--dry-run --json` prints them."""
        memory = self.memory and {
            "bytes": self.memory.bytes, "usable": self.memory.devices.usable, "fits": self.memory.fits
        }  # fmt: skip
        return dataclasses.asdict(self) | {"memory": memory}


def plan_job(job: TrainingJob) -> DryRun:
    """Reads rows and tokenizer, and plans the memory. Raises SparError for everything that the training would refuse."""
    source = find_model(job.model)
    stored_facts(job.out, identity(job.stage, source.digest, job.config))
    rows = read_rows(job, source, load_tokenizer(source))
    config = job.config
    steps = plan_steps(len(rows.train), config.batch_size, config.epochs, config.seed, config.max_steps)
    tokens, examples = lengths(rows.train), sequences(rows.train)
    size = DryRun(
        stage=job.stage,
        model=job.model,
        rows=len(rows.train),
        held_out=len(rows.held_out),
        left_out=reason_counts(rows.left_out),
        steps=len(steps),
        batch_size=config.batch_size,
        tokens=sum(tokens[row] for step in steps for row in step),
        targets=sum(int(example.targets.sum()) for example in examples),
        sequences=len(examples),
        mean_length=sum(tokens) / len(examples),
        longest=max(len(example.tokens) for example in examples),
        largest_step=max(sum(tokens[row] for row in step) for step in steps),
    )
    try:
        memory, text = _plan_memory(job, source, size)
    except SparError as error:
        return dataclasses.replace(size, memory_text=f"The memory cannot be planned: {error}")
    return dataclasses.replace(size, memory=memory, memory_text=text)


def _plan_memory(job: TrainingJob, source: ModelSource, size: DryRun) -> tuple[MemoryPlan, str]:
    """The plan for this machine and its text. Raises SparError for models that cannot be planned."""
    stage = "dpo" if job.stage == "dpo" else "sft"
    share = size.targets / (size.mean_length * size.sequences)
    work = Workload(stage, size.rows, size.mean_length, share, size.longest, size.largest_step)
    shape, devices = shape_of_folder(source.folder), _devices()
    memory = plan_memory(shape, job.config, devices, work, job.model)
    text = memory_text(memory)
    if not memory.fits:
        text += f"\n{change_text(smallest_change(shape, job.config, devices, work, memory))}"
    return memory, text


def _devices() -> Devices:
    """This machine as accelerate's launcher set it up."""
    sharded = any(os.environ.get(f"ACCELERATE_USE_{way}", "").lower() == "true" for way in ("DEEPSPEED", "FSDP"))
    return this_machine(int(os.environ.get("WORLD_SIZE", "1")), sharded)
