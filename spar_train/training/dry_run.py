"""Dry runs: what a training would do, without loading the weights."""

from __future__ import annotations

import os
from dataclasses import dataclass

from spar_data.core.errors import SparError
from spar_data.core.files import JsonValue
from spar_train.data.examples import reason_counts
from spar_train.data.training_rows import lengths, sequences
from spar_train.planning.devices import Devices, this_machine
from spar_train.planning.memory_plan import Workload
from spar_train.planning.shape import shape_of_folder
from spar_train.planning.training_plan import TrainingPlan, plan_workload
from spar_train.training.batches import plan_steps
from spar_train.training.files.train_json import identity, stored_facts
from spar_train.training.job import TrainingJob, read_rows
from spar_train.training.model import find_model, load_tokenizer


@dataclass(frozen=True, repr=False)
class DryRun:
    """The size of a training and its memory on this machine. Printing it shows both as text.

    left_out       number of rows that are set aside, by reason.
    tokens         of all steps together; targets: of all rows, those that the loss is on.
    largest_step   tokens.
    plan           the plan for this machine, or the reason why there is none.
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
    plan: TrainingPlan | str

    def __repr__(self) -> str:
        left_out = "".join(f"\n  {number:>8,}  set aside: {reason}" for reason, number in self.left_out.items())
        held_out = f", {self.held_out:,} held out" if self.held_out else ""
        return (
            f"{self.stage} of {self.model}: {self.rows:,} rows{held_out}{left_out}\n"
            f"{self.steps:,} steps of {self.batch_size:,} rows, {self.tokens:,} tokens in total; a sequence has "
            f"{self.mean_length:,.0f} on average, {self.longest:,} at most\n"
            f"\n{self.plan}\n\nOther machines: `spar-train plan`. Nothing was written."
        )

    def to_dict(self) -> dict[str, JsonValue]:
        """Plain values, as `--dry-run --json` prints them."""
        memory: dict[str, JsonValue] | None = None
        if isinstance(self.plan, TrainingPlan):
            memory = {name: value for name, value in self.plan.to_dict().items() if name in ("bytes", "usable", "fits")}
        counts = {name: value for name, value in vars(self).items() if name != "plan"}
        return {**counts, "memory": memory, "memory_text": str(self.plan)}


def plan_job(job: TrainingJob) -> DryRun:
    """Reads rows and tokenizer, and plans the memory. Raises SparError for everything that the training would refuse."""
    source = find_model(job.model)
    stored_facts(job.out, identity(job.stage, source.digest, job.config))
    rows = read_rows(job, source, load_tokenizer(source))
    config = job.config
    steps = plan_steps(len(rows.train), config.batch_size, config.epochs, config.seed, config.max_steps)
    tokens, examples = lengths(rows.train), sequences(rows.train)
    targets, longest = sum(int(each.targets.sum()) for each in examples), max(len(each.tokens) for each in examples)
    largest_step, mean = max(sum(tokens[row] for row in step) for step in steps), sum(tokens) / len(examples)
    stage = "dpo" if job.stage == "dpo" else "sft"
    work = Workload(stage, len(rows.train), mean, targets / sum(tokens), longest, largest_step)
    try:
        plan: TrainingPlan | str = plan_workload(job.model, shape_of_folder(source.folder), config, _devices(), work)
    except SparError as error:
        plan = f"The memory cannot be planned: {error}"
    return DryRun(
        stage=job.stage,
        model=job.model,
        rows=len(rows.train),
        held_out=len(rows.held_out),
        left_out=reason_counts(rows.left_out),
        steps=len(steps),
        batch_size=config.batch_size,
        tokens=sum(tokens[row] for step in steps for row in step),
        targets=targets,
        sequences=len(examples),
        mean_length=mean,
        longest=longest,
        largest_step=largest_step,
        plan=plan,
    )


def _devices() -> Devices:
    """This machine as accelerate's launcher set it up."""
    sharded = any(os.environ.get(f"ACCELERATE_USE_{way}", "").lower() == "true" for way in ("DEEPSPEED", "FSDP"))
    return this_machine(int(os.environ.get("WORLD_SIZE", "1")), sharded)
