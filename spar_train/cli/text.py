"""What the training commands print before and after."""

from __future__ import annotations

import dataclasses
import os
from pathlib import Path
from typing import Any

from spar_data.core.errors import SparError
from spar_train.data.examples import counts
from spar_train.data.prepare import lengths, sequences
from spar_train.planning.devices import here
from spar_train.planning.estimate import Work, estimate
from spar_train.planning.shape import of_folder
from spar_train.planning.smallest_change import change
from spar_train.planning.text import advice
from spar_train.training import model
from spar_train.training.batches import plan_steps
from spar_train.training.files.train_json import stored_facts
from spar_train.training.job import Job, read


def plan(job: Job) -> dict[str, Any]:
    """What a training would be, without the weights being loaded. Raises SparError for all that the training would."""
    source = model.find(job.model)
    stored_facts(job.out, {"stage": job.stage, "model": source.digest, "settings": dataclasses.asdict(job.config)})
    data = read(job, source, model.tokenizer(source))
    s = job.config
    steps = plan_steps(len(data.train), s.batch_size, s.epochs, s.seed, s.max_steps)
    tokens = lengths(data.train)
    every = sequences(data.train)
    found = {
        "stage": job.stage,
        "model": job.model,
        "rows": len(data.train),
        "held_out": len(data.held_out),
        "left_out": counts(data.left_out),
        "steps": len(steps),
        "batch_size": s.batch_size,
        "tokens": sum(tokens[row] for rows in steps for row in rows),
        "targets": sum(int(each.targets.sum()) for each in every),
        "sequences": len(every),
        "mean_length": sum(tokens) / len(every),
        "longest": max(len(each.tokens) for each in every),
        "largest_step": max(sum(tokens[row] for row in rows) for rows in steps),
    }
    return {**found, **_memory(job, source, found)}


def _memory(job: Job, source: model.Source, found: dict[str, Any]) -> dict[str, Any]:
    """What `spar-train plan` says of this machine, or why it says nothing."""
    stage = "dpo" if job.stage == "dpo" else "sft"
    share = found["targets"] / (found["mean_length"] * found["sequences"])
    work = Work(stage, found["rows"], found["mean_length"], share, found["longest"], found["largest_step"])
    processes = int(os.environ.get("WORLD_SIZE", "1"))
    zero = any(os.environ.get(f"ACCELERATE_USE_{way}", "").lower() == "true" for way in ("DEEPSPEED", "FSDP"))
    machine = here(processes, zero)
    try:
        size = of_folder(source.folder)
    except SparError as error:
        return {"memory": None, "memory_text": f"No plan of the memory: {error}"}
    made = estimate(size, job.config, machine, work, job.model)
    text = made.text()
    if not made.fits:
        text += f"\n{advice(change(size, job.config, machine, work, made), made)}"
    return {"memory": {"bytes": made.bytes, "usable": machine.usable, "fits": made.fits}, "memory_text": text}


def planned(found: dict[str, Any]) -> str:
    """For people."""
    left_out = "".join(f"\n  {number:>8,}  set aside: {why}" for why, number in found["left_out"].items())
    held_out = f", {found['held_out']:,} held out" if found["held_out"] else ""
    return (
        f"{found['stage']} of {found['model']}: {found['rows']:,} rows{held_out}{left_out}\n"
        f"{found['steps']:,} steps of {found['batch_size']:,} rows, {found['tokens']:,} tokens in all; a sequence has "
        f"{found['mean_length']:,.0f} on average, {found['longest']:,} at most\n"
        f"\n{found['memory_text']}\n\nOn other machines: `spar-train plan`. Nothing was written."
    )


def closing(facts: dict[str, Any], out: Path) -> str:
    """The last step's figures, and where the model is."""
    last = facts["last"]
    names = ("loss", "margin", "accuracy", "held_out_loss", "held_out_accuracy")
    told = ", ".join(f"{name.replace('_', ' ')} {last[name]:.4f}" for name in names if name in last)
    rows = facts["rows"]
    aside = f", {rows['left_out']:,} set aside (left_out.jsonl)" if rows["left_out"] else ""
    return f"{rows['count']:,} rows{aside}, {facts['steps']:,} steps; the last one: {told}\n{out / 'model'}"
