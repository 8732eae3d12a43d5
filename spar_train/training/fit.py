"""A training from its first to its last step, and on from where it was stopped."""

from __future__ import annotations

import dataclasses
import importlib.metadata
import math
import resource
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from spar_data import __version__
from spar_data.core.errors import SparError, first_line
from spar_data.core.files import write_json, write_jsonl
from spar_train.data.prepare import Data, lengths
from spar_train.training import model
from spar_train.training.attention import attention_for
from spar_train.training.batches import plan_steps
from spar_train.training.files import checkpoint, export
from spar_train.training.files.card import card
from spar_train.training.files.checkpoint import OnlyHere, together
from spar_train.training.files.full_disk import writing
from spar_train.training.files.train_json import NAME, stored_facts
from spar_train.training.forward import PADDED
from spar_train.training.job import Job, Report, read
from spar_train.training.metrics import Metrics, upto
from spar_train.training.processes import Run, accelerator, optimizer
from spar_train.training.reference import evaluate, reference_logprobs
from spar_train.training.step import learning_rate
from spar_train.training.step import step as train_step

Facts = dict[str, Any]


def fit(job: Job, report: Report | None = None) -> Facts:
    """Trains; returns the facts of train.json. The same job again goes on from its last checkpoint, and does nothing if it
    is finished. On several processes each calls this; one writes. Raises SparError."""
    prepared, half = accelerator(job.config)
    if not prepared.is_main_process:
        report = None
    import torch

    try:
        return _fit(job, report or Report(), prepared, half)
    except torch.OutOfMemoryError as error:
        raise SparError(
            f"no memory left on {prepared.device}: {first_line(error)}. Give a smaller --tokens-per-batch "
            f"({job.config.tokens_per_batch:,} now; the result stays the same), --gradient-checkpointing or --lora, or share "
            "the weights out (`spar-train config fsdp`); the same command goes on from the last checkpoint"
        ) from None
    except SparError as error:
        if prepared.is_main_process or isinstance(error, OnlyHere):
            raise
        raise SystemExit(2) from None  # it is said once


def _fit(job: Job, report: Report, prepared: Any, half: bool) -> Facts:
    source = model.find(job.model)
    identity: Facts = {"stage": job.stage, "model": source.digest, "settings": dataclasses.asdict(job.config)}
    stored_facts(job.out, identity)
    tokenizer = model.tokenizer(source)
    data = read(job, source, tokenizer)
    identity["data"] = data.digest
    facts = stored_facts(job.out, identity)
    if facts and facts.get("finished"):
        report.say(f"{job.out} is finished: nothing to do")
        _clear(job.out, prepared)
        return facts
    run = _open(job, source, tokenizer, prepared, half, report)
    plan = plan_steps(len(data.train), job.config.batch_size, job.config.epochs, job.config.seed, job.config.max_steps)
    facts = {
        **identity,
        "name": job.model,
        "dtype": export.weights_dtype(source, job.config),
        "rows": {"count": len(data.train), "held_out": len(data.held_out), "left_out": len(data.left_out),
                 "files": [str(file) for file in job.rows], "digest": data.digest},
        "steps": len(plan),
        "attention": run.attention,
        "precision": "bf16" if run.half else "fp32",
        "processes": prepared.num_processes,
        "versions": {name: importlib.metadata.version(name) for name in ("accelerate", "torch", "transformers")},
        "suite": __version__,
        "finished": False,
    }  # fmt: skip
    _on_main(run, "train.json", job.out, lambda: _begin(job.out, facts, data))
    reference = held_reference = None
    if job.stage == "dpo":
        reference = reference_logprobs(run, data.train, source.digest, job.out, report.say)
        if data.held_out:
            held_reference = reference_logprobs(run, data.held_out, source.digest, job.out, report.say)
    place = job.out / "checkpoints"
    start = checkpoint.latest(place) or 0
    if start:
        checkpoint.restore(run, place, start, identity)
        report.say(f"going on after step {start:,} of {len(plan):,}")
    last = _steps(job, run, data, plan, start, reference, held_reference, identity, report)
    return _end(job, run, source, tokenizer, facts, last, report)


def _open(job: Job, source: model.Source, tokenizer: Any, prepared: Any, half: bool, report: Report) -> Run:
    from transformers import AutoConfig

    attention = attention_for(AutoConfig.from_pretrained(str(source.folder)), job.config, prepared.device)
    loaded = model.load(source, job.config, "sdpa" if attention == PADDED else attention)
    made = optimizer(loaded, job.config, prepared.device.type == "cuda")
    trained = sum(math.prod(getattr(p, "ds_shape", p.shape)) for p in loaded.parameters() if p.requires_grad)
    report.say(
        f"{job.model}: {trained:,} weights to train, {'bf16' if half else 'fp32'}, {attention}, {prepared.device}"
    )
    trainable, optimised = prepared.prepare(loaded, made)
    pad = tokenizer.pad_token_id if tokenizer.pad_token_id is not None else tokenizer.eos_token_id or 0
    return Run(prepared, trainable, optimised, job.config, attention, pad, half)


def _begin(out: Path, facts: Facts, data: Data) -> None:
    write_json(out / NAME, facts)
    if data.left_out:
        write_jsonl(out / "left_out.jsonl", map(dataclasses.asdict, data.left_out))


def _steps(
    job: Job, run: Run, data: Data, plan: list[list[int]], start: int, reference: Any, held_reference: Any,
    identity: Facts, report: Report,
) -> dict[str, Any]:  # fmt: skip
    """All steps after `start`; returns the line of the last one."""
    config, main = job.config, run.accelerator.is_main_process
    sizes, tokens = run.sizes(data.train), lengths(data.train)
    per_epoch = math.ceil(len(data.train) / config.batch_size)
    line: dict[str, Any] = (upto(job.out / "metrics.jsonl", start) or [{}])[-1]
    metrics = Metrics(job.out, start) if main else None
    begun = time.monotonic()
    try:
        for number, rows in enumerate(plan[start:], start + 1):
            clock = time.monotonic()
            rate = learning_rate(config, number, len(plan))
            figures = train_step(run, number, rows, data.train, sizes, reference, rate)
            seconds = time.monotonic() - clock
            count = sum(tokens[row] for row in rows)
            line = {"step": number, "epoch": round(number / per_epoch, 4), **figures, "learning_rate": rate, "tokens": count,
                    "seconds": round(seconds, 4), "tokens_per_s": round(count / seconds, 1), "memory_gb": _memory()}  # fmt: skip
            if data.held_out and (number % per_epoch == 0 or number == len(plan)):
                line |= evaluate(run, data.held_out, held_reference)
            if metrics:
                metrics(line)
                report.step(line, len(plan), (time.monotonic() - begun) / (number - start) * (len(plan) - number))
            if number == len(plan) or (config.save_every and number % config.save_every == 0):
                checkpoint.save(run, job.out / "checkpoints", number, identity, config.keep)
    finally:
        if metrics:
            metrics.close()
    return line


def _end(
    job: Job, run: Run, source: model.Source, tokenizer: Any, facts: Facts, last: dict[str, Any], report: Report
) -> Facts:
    """Writes the model, then that it is finished; then the checkpoints are of no more use."""
    report.say(f"writing {job.out / 'model'}")
    state = run.accelerator.get_state_dict(run.model)
    facts = {**facts, "last": last, "finished": True}

    def write() -> None:
        text = card(job.out.resolve().name, job.model, facts, last)
        trained = run.accelerator.unwrap_model(run.model)
        export.save(trained, state, tokenizer, source, job.config, job.out, text)
        write_json(job.out / NAME, facts)

    _on_main(run, "The model", job.out, write)
    _clear(job.out, run.accelerator)
    return facts


def _clear(out: Path, prepared: Any) -> None:
    if prepared.is_main_process:
        shutil.rmtree(out / "checkpoints", ignore_errors=True)


def _on_main(run: Run, what: str, out: Path, action: Callable[[], None]) -> None:
    def write() -> None:
        if run.accelerator.is_main_process:
            with writing(what, out, "What was there before is kept."):
                action()

    together(run.accelerator, write)


def _memory() -> float:
    """Peak of this process in GB: of the device, on a CPU of the whole process."""
    import torch

    peak = (
        torch.cuda.max_memory_allocated()
        if torch.cuda.is_available()
        else resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    )
    return round(peak / 1e9, 3)
