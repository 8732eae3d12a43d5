"""What the training commands print before and after."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

from spar_train import folder, model
from spar_train.batches import plan_steps
from spar_train.data import lengths, sequences
from spar_train.examples import counts
from spar_train.fit import Job, read


def plan(job: Job) -> dict[str, Any]:
    """What a training would be, without the weights being loaded. Raises SparError for all that the training would."""
    source = model.find(job.model)
    folder.claim(job.out, {"stage": job.stage, "model": source.digest, "settings": dataclasses.asdict(job.settings)})
    data = read(job, source, model.tokenizer(source))
    s = job.settings
    steps = plan_steps(len(data.train), s.batch_size, s.epochs, s.seed, s.max_steps)
    tokens = lengths(data.train)
    every = sequences(data.train)
    return {
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
    }


def planned(found: dict[str, Any]) -> str:
    """For people."""
    left_out = "".join(f"\n  {number:>8,}  set aside: {why}" for why, number in found["left_out"].items())
    held_out = f", {found['held_out']:,} held out" if found["held_out"] else ""
    return (
        f"{found['stage']} of {found['model']}: {found['rows']:,} rows{held_out}{left_out}\n"
        f"{found['steps']:,} steps of {found['batch_size']:,} rows, {found['tokens']:,} tokens in all; a sequence has "
        f"{found['mean_length']:,.0f} on average, {found['longest']:,} at most\n"
        "Memory and time on given GPUs: `spar-train plan`. Nothing was written."
    )


def closing(facts: dict[str, Any], out: Path) -> str:
    """The last step's figures, and where the model is."""
    last = facts["last"]
    names = ("loss", "margin", "accuracy", "held_out_loss", "held_out_accuracy")
    told = ", ".join(f"{name.replace('_', ' ')} {last[name]:.4f}" for name in names if name in last)
    rows = facts["rows"]
    aside = f", {rows['left_out']:,} set aside (left_out.jsonl)" if rows["left_out"] else ""
    return f"{rows['count']:,} rows{aside}, {facts['steps']:,} steps; the last one: {told}\n{out / 'model'}"
