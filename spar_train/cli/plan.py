"""`spar-train plan`."""

from __future__ import annotations

import dataclasses
import json
import sys
from typing import Any

import click

from spar_data.cli.options import config_options, json_option
from spar_train.config import TrainingConfig

# the values of a training that memory and time depend on
_DECISIVE = ("epochs", "batch_size", "max_length", "precision", "gradient_checkpointing", "lora", "tokens_per_batch")
_WITHOUT = tuple(field.name for field in dataclasses.fields(TrainingConfig) if field.name not in _DECISIVE)


@click.command()
@click.option(
    "--model", required=True, metavar="SPEC", help="A folder, hf:PATH, a model of the Hub, or a size named below."
)
@click.option("--stage", type=click.Choice(["sft", "dpo"]), required=True, help="rft is an SFT.")
@click.option(
    "--rows", type=click.IntRange(1), default=10_000, show_default=True, metavar="N", help="Dialogues or pairs."
)
@click.option(
    "--mean-tokens",
    type=click.IntRange(2),
    default=600,
    show_default=True,
    metavar="T",
    help="Of a sequence, prompt and response; a pair has two.",
)
@click.option("--longest", type=click.IntRange(2), metavar="T", help="Tokens of the longest.  [default: --max-length]")
@click.option(
    "--gpu",
    type=click.Choice(["h200", "h100", "a100", "4090", "cpu"]),
    default=None,
    help="A known device; cpu is this machine.",
)
@click.option(
    "--gpu-memory",
    type=click.FloatRange(min=0, min_open=True),
    metavar="GIB",
    help="Memory of another GPU, or another memory.",
)
@click.option("--gpus", type=click.IntRange(1), default=1, show_default=True, metavar="N", help="How many.")
@click.option("--sharded", is_flag=True, help="Divide weights and states among the GPUs (ZeRO-3, FSDP).")
@click.option(
    "--utilisation",
    type=click.FloatRange(0, 1, min_open=True),
    metavar="SHARE",
    help="Of the peak FLOPs.  [default: 0.4]",
)
@config_options(TrainingConfig, "changes", _WITHOUT, partial=True)
@json_option
def plan(
    model: str, stage: str, rows: int, mean_tokens: int, longest: int | None, gpu: str | None, gpu_memory: float | None,
    gpus: int, sharded: bool, utilisation: float | None, as_json: bool, changes: dict[str, Any],
) -> None:  # fmt: skip
    """Say how much memory and time a training needs, before it starts. Exit status 2 if it does not fit.

    \b
    Sizes by name:
      smollm2-135m, smollm2-360m, smollm2-1.7b, qwen2.5-0.5b, qwen2.5-7b, qwen3-0.6b, qwen3-8b, llama-3.2-1b,
      llama-3.2-3b, llama-3-8b, llama-3-70b, mistral-7b, glm-4-9b

    \b
    Examples:
      spar-train plan --model llama-3-8b --stage dpo --gpu h100 --gpus 8 --sharded
      spar-train plan --model models/mine --stage sft --rows 8000 --mean-tokens 500 --gpu-memory 48 --lora 16
      spar-train plan --model smollm2-135m --stage dpo --rows 500 --mean-tokens 200 --gpu cpu
    """
    from spar_train.config import DPO, SFT
    from spar_train.planning.devices import GIB, GPUS, UNKNOWN, cpu
    from spar_train.planning.estimate import UTILISATION, Work, estimate, generation
    from spar_train.planning.shape import of_model
    from spar_train.planning.smallest_change import change
    from spar_train.planning.text import advice, generating

    if gpu is None and gpu_memory is None:
        raise click.UsageError("what is it to fit into? --gpu NAME, --gpu-memory GIB or --gpu cpu is expected")
    if sharded and gpus == 1:
        raise click.UsageError("--sharded divides among several GPUs: --gpus N is expected")
    device = cpu() if gpu == "cpu" else GPUS[gpu] if gpu else UNKNOWN
    memory = gpu_memory * GIB if gpu_memory else device.memory
    devices = dataclasses.replace(device, memory=memory, count=gpus, sharded=sharded)
    config = dataclasses.replace(DPO if stage == "dpo" else SFT, **changes)
    if longest and longest > config.max_length:
        raise click.UsageError(f"--longest {longest}: longer rows than --max-length {config.max_length} are set aside")
    shape = of_model(model)
    work = Work(stage, rows, mean_tokens, longest=longest or 0)
    found = estimate(shape, config, devices, work, model, utilisation or UTILISATION)
    better = None if found.fits else change(shape, config, devices, work, found)
    sampling = generation(shape, devices, config.max_length)
    if as_json:
        plain = dataclasses.asdict(found) | {"bytes": found.bytes, "usable": devices.usable, "fits": found.fits}
        plain |= {"change": better and list(better.options), "sampling": dataclasses.asdict(sampling)}
        click.echo(json.dumps(plain))
    else:
        click.echo(found.text())
        click.echo(generating(sampling, config.max_length, "transformers" if devices.cpu else "vLLM"))
        if not found.fits:
            click.echo(f"\n{advice(better, found)}")
    if not found.fits:
        sys.exit(2)
