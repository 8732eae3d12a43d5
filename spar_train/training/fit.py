"""A training from its first to its last step; it continues where it was stopped."""

from __future__ import annotations

import dataclasses
import importlib.metadata
import math
import resource
import shutil
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from spar_data import __version__
from spar_data.core.errors import SparError, first_line
from spar_data.core.files import write_jsonl
from spar_train.data.training_rows import TrainingRows, lengths
from spar_train.training.attention import attention_for
from spar_train.training.batches import plan_steps
from spar_train.training.files import checkpoint, export
from spar_train.training.files.checkpoint import OnlyHere, together
from spar_train.training.files.full_disk import writing
from spar_train.training.files.train_json import RowCounts, TrainingFacts, identity, stored_facts
from spar_train.training.forward import PADDED
from spar_train.training.job import TrainingJob, TrainingProgress, read_rows
from spar_train.training.metrics import MetricsWriter, StepMetrics, read_metrics
from spar_train.training.model import ModelSource, find_model, load_model, load_tokenizer
from spar_train.training.processes import ProcessRun, make_accelerator, make_optimizer
from spar_train.training.reference import evaluate, reference_logprobs
from spar_train.training.step import StepRows, learning_rate, train_step

if TYPE_CHECKING:
    from accelerate import Accelerator
    from torch import Tensor
    from transformers import PreTrainedTokenizerBase


def fit(job: TrainingJob, progress: TrainingProgress | None = None) -> TrainingFacts:
    """Trains. The same job again continues from its last checkpoint, and does nothing if it is finished.

    With several processes each has to call this; one writes. Raises SparError for faulty input, a full disk, memory that is
    used up, and losses that are not finite.
    """
    accelerator, bf16 = make_accelerator(job.config)
    if progress is None or not accelerator.is_main_process:
        progress = TrainingProgress()
    import torch

    try:
        return _fit(job, progress, accelerator, bf16)
    except torch.OutOfMemoryError as error:
        raise SparError(
            f"no memory left on {accelerator.device}: {first_line(error)}. Use a smaller --tokens-per-batch "
            f"({job.config.tokens_per_batch:,} now; the result stays the same), --gradient-checkpointing or --lora, or divide "
            "the weights among GPUs (`spar-train config fsdp`). The same command continues from the last checkpoint"
        ) from None
    except SparError as error:
        if accelerator.is_main_process or isinstance(error, OnlyHere):
            raise
        raise SystemExit(2) from None  # the main process reports it


@dataclass(frozen=True)
class _Training:
    """Everything that is loaded before the first step. references: log-probabilities for the rows to train and to evaluate
    on; None for SFT."""

    job: TrainingJob
    progress: TrainingProgress
    source: ModelSource
    tokenizer: PreTrainedTokenizerBase
    rows: TrainingRows
    run: ProcessRun
    facts: TrainingFacts
    steps: list[list[int]]
    references: Sequence[Tensor | None] = (None, None)

    @property
    def checkpoints(self) -> Path:
        return self.job.out / "checkpoints"


def _fit(job: TrainingJob, progress: TrainingProgress, accelerator: Accelerator, bf16: bool) -> TrainingFacts:
    source = find_model(job.model)
    stored_facts(job.out, identity(job.stage, source.digest, job.config))  # refuses before anything is read
    tokenizer = load_tokenizer(source)
    rows = read_rows(job, source, tokenizer)
    facts = stored_facts(job.out, identity(job.stage, source.digest, job.config, rows.digest))
    if facts and facts.finished:
        progress.say(f"{job.out} is finished: nothing to do")
        _remove_checkpoints(job.out, accelerator)
        return facts
    run = _load(job, source, tokenizer, accelerator, bf16, progress)
    config = job.config
    steps = plan_steps(len(rows.train), config.batch_size, config.epochs, config.seed, config.max_steps)
    training = _Training(job, progress, source, tokenizer, rows, run, _facts(job, source, rows, run, len(steps)), steps)
    _on_main(training, "train.json", lambda: _begin(training))
    if job.stage == "dpo":
        references = [
            reference_logprobs(run, examples, source.digest, job.out, progress.say) if examples else None
            for examples in (rows.train, rows.held_out)
        ]
        training = dataclasses.replace(training, references=references)
    start = checkpoint.latest(training.checkpoints) or 0
    if start:
        checkpoint.restore(run, training.checkpoints, start, training.facts.identity())
        progress.say(f"continuing after step {start:,} of {len(steps):,}")
    return _write_result(training, _train(training, start))


def _load(
    job: TrainingJob, source: ModelSource, tokenizer: PreTrainedTokenizerBase, accelerator: Accelerator, bf16: bool,
    progress: TrainingProgress,
) -> ProcessRun:  # fmt: skip
    from transformers import AutoConfig

    attention = attention_for(AutoConfig.from_pretrained(str(source.folder)), job.config)
    loaded = load_model(source, job.config, "sdpa" if attention == PADDED else attention)
    optimizer = make_optimizer(loaded, job.config, accelerator.device.type == "cuda")
    trained = sum(math.prod(getattr(p, "ds_shape", p.shape)) for p in loaded.parameters() if p.requires_grad)
    precision = "bf16" if bf16 else "fp32"
    progress.say(f"{job.model}: {trained:,} weights to train, {precision}, {attention}, {accelerator.device}")
    model, optimizer = accelerator.prepare(loaded, optimizer)
    pad = tokenizer.pad_token_id if tokenizer.pad_token_id is not None else tokenizer.eos_token_id or 0
    return ProcessRun(accelerator, model, optimizer, job.config, attention, pad, bf16)


def _facts(job: TrainingJob, source: ModelSource, rows: TrainingRows, run: ProcessRun, steps: int) -> TrainingFacts:
    files = [str(rows) if isinstance(rows, Path) else "rows in memory" for rows in job.rows]
    return TrainingFacts(
        stage=job.stage,
        model=source.digest,
        settings=job.config,
        data=rows.digest,
        name=job.model,
        dtype=export.weights_dtype(source, job.config),
        rows=RowCounts(len(rows.train), len(rows.held_out), len(rows.left_out), files, rows.digest),
        steps=steps,
        attention=run.attention,
        precision="bf16" if run.bf16 else "fp32",
        processes=run.accelerator.num_processes,
        versions={name: importlib.metadata.version(name) for name in ("accelerate", "torch", "transformers")},
        suite=__version__,
    )


def _begin(training: _Training) -> None:
    training.facts.write(training.job.out)
    if training.rows.left_out:
        write_jsonl(training.job.out / "left_out.jsonl", map(dataclasses.asdict, training.rows.left_out))


def _train(training: _Training, start: int) -> StepMetrics:
    """Takes all steps after `start`. Returns the metrics of the last one."""
    job, run, rows = training.job, training.run, training.rows
    total, config = len(training.steps), job.config
    sizes, tokens = run.sizes(rows.train), lengths(rows.train)
    per_epoch = math.ceil(len(rows.train) / config.batch_size)
    metrics: StepMetrics = (read_metrics(job.out / "metrics.jsonl", start) or [{}])[-1]
    writer = MetricsWriter(job.out, start) if run.accelerator.is_main_process else None
    begun = time.monotonic()
    try:
        for number, step in enumerate(training.steps[start:], start + 1):
            clock = time.monotonic()
            rate = learning_rate(config, number, total)
            figures = train_step(run, StepRows(number, step, rows.train, sizes, training.references[0]), rate)
            seconds = time.monotonic() - clock
            count = sum(tokens[row] for row in step)
            metrics = {
                "step": number, "epoch": round(number / per_epoch, 4), **figures, "learning_rate": rate, "tokens": count,
                "seconds": round(seconds, 4), "tokens_per_s": round(count / seconds, 1), "memory_gb": _peak_memory(),
            }  # fmt: skip
            if rows.held_out and (number % per_epoch == 0 or number == total):
                metrics = {**metrics, **evaluate(run, rows.held_out, training.references[1])}
            if writer:
                writer.write(metrics)
                remaining = (time.monotonic() - begun) / (number - start) * (total - number)
                training.progress.step(metrics, total, remaining)
            if number == total or (config.save_every and number % config.save_every == 0):
                checkpoint.save(run, training.checkpoints, number, training.facts.identity(), config.keep)
    finally:
        if writer:
            writer.close()
    return metrics


def _write_result(training: _Training, last: StepMetrics) -> TrainingFacts:
    """Writes the model, then records that the training is finished; then the checkpoints are no longer needed."""
    job, run = training.job, training.run
    training.progress.say(f"writing {job.out / 'model'}")
    state = run.accelerator.get_state_dict(run.model)
    facts = dataclasses.replace(training.facts, last=dict(last), finished=True)

    def write() -> None:
        card = export.model_card(job.out.resolve().name, facts)
        model = run.accelerator.unwrap_model(run.model)
        export.save(model, state, training.tokenizer, training.source, job.config, job.out, card)
        facts.write(job.out)

    _on_main(training, "The model", write)
    _remove_checkpoints(job.out, run.accelerator)
    return facts


def _remove_checkpoints(out: Path, accelerator: Accelerator) -> None:
    if accelerator.is_main_process:
        shutil.rmtree(out / "checkpoints", ignore_errors=True)


def _on_main(training: _Training, what: str, action: Callable[[], None]) -> None:
    accelerator = training.run.accelerator

    def write() -> None:
        if accelerator.is_main_process:
            with writing(what, training.job.out, "Earlier files are kept."):
                action()

    together(accelerator, write)


def _peak_memory() -> float:
    """Peak memory in GB: of the device, or on a CPU of the whole process."""
    import torch

    if torch.cuda.is_available():
        peak = torch.cuda.max_memory_allocated()
    else:
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    return round(peak / 1e9, 3)
