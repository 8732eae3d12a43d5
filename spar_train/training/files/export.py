"""Writes trained models and their cards, whole or not at all."""

from __future__ import annotations

import dataclasses
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from spar_data.core.files import write_json, write_text
from spar_data.core.templates import render
from spar_train.config import TrainingConfig
from spar_train.training.files.full_disk import sync
from spar_train.training.files.train_json import TrainingFacts
from spar_train.training.model import ModelSource

if TYPE_CHECKING:
    from torch import Tensor
    from transformers import PreTrainedModel, PreTrainedTokenizerBase

_STAGES = {
    "sft": "supervised fine-tuning",
    "dpo": "direct preference optimisation",
    "rft": "rejection-sampling fine-tuning",
}
_PREFIX = "base_model.model."  # of the names of a LoRA model's weights


def model_card(name: str, facts: TrainingFacts) -> str:
    """The README.md of a trained model: its origin, and how to load it."""
    start, settings = Path(facts.name).name.replace('"', ""), dataclasses.asdict(facts.settings)
    values = {"name": name, "start": start, "stage": _STAGES[facts.stage], "facts": facts, "settings": settings}
    return render("card.md.jinja", "spar_train", **values)


def merged(state: dict[str, Tensor], scaling: float) -> dict[str, Tensor]:
    """The weights of a LoRA model with the adapter added in, W + scaling * B A, under the names of the base model."""
    added = {}
    for name, weight in state.items():
        if ".lora_" in name:
            continue
        stem = name.removesuffix("base_layer.weight")
        if f"{stem}lora_A.default.weight" in state:
            a, b = state[f"{stem}lora_A.default.weight"], state[f"{stem}lora_B.default.weight"]
            weight = weight.float() + scaling * (b.float() @ a.float())
        added[name.removeprefix(_PREFIX).replace(".base_layer.", ".")] = weight
    return added


def save(
    model: PreTrainedModel, state: dict[str, Tensor], tokenizer: PreTrainedTokenizerBase, source: ModelSource,
    config: TrainingConfig, out: Path, card: str,
) -> None:  # fmt: skip
    """Writes out/model (and out/adapter of a LoRA model), each whole or not at all.

    model: unwrapped. state: all of its weights; they are rounded to the config's save_dtype. card: text of the README.md. The
    generation_config.json is the source's own, byte for byte.
    """
    dtype = weights_dtype(source, config)
    if config.lora:
        _replace(out / "adapter", lambda folder: _write_adapter(model, state, source, folder))
        state = merged(state, config.lora_scaling)
        model = model.get_base_model()

    def write(folder: Path) -> None:
        _write_model(model, state, source, dtype, folder)
        tokenizer.save_pretrained(str(folder))
        write_text(folder / "README.md", card)

    _replace(out / "model", write)


def weights_dtype(source: ModelSource, config: TrainingConfig) -> str:
    """The number format of the saved weights."""
    return source.dtype if config.save_dtype == "auto" else config.save_dtype


def _write_model(
    model: PreTrainedModel, state: dict[str, Tensor], source: ModelSource, dtype: str, folder: Path
) -> None:
    import torch
    from transformers import GenerationConfig

    tied = getattr(model, "all_tied_weights_keys", None) or {}
    buffers = {name for name, _ in model.named_buffers()}
    rounded = {n: w if n in buffers else w.to(getattr(torch, dtype)) for n, w in state.items() if n not in tied}
    generation, model.generation_config = model.generation_config, GenerationConfig()
    model.save_pretrained(str(folder), state_dict=rounded)
    model.generation_config = generation
    if (source.folder / "generation_config.json").is_file():
        shutil.copyfile(source.folder / "generation_config.json", folder / "generation_config.json")
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    write_json(folder / "config.json", {**config, "dtype": dtype})  # save_pretrained writes that of the training


def _write_adapter(model: PreTrainedModel, state: dict[str, Tensor], source: ModelSource, folder: Path) -> None:
    model.save_pretrained(str(folder), state_dict={n: w for n, w in state.items() if ".lora_" in n})
    (folder / "README.md").unlink(missing_ok=True)  # peft's own, an empty form
    if source.adapter:
        write_text(folder / "README.md", f"Trained on {source.folder} with the adapter {source.adapter} merged in.\n")


def _replace(target: Path, write: Callable[[Path], None]) -> None:
    """Lets `write` fill a folder beside the target, then renames it to the target."""
    work, old = target.with_name(f".{target.name}.tmp"), target.with_name(f".{target.name}.old")
    for leftover in (work, old):
        shutil.rmtree(leftover, ignore_errors=True)
    work.mkdir(parents=True)
    try:
        write(work)
        sync(work)
        if target.exists():
            target.rename(old)
        work.rename(target)
    finally:
        for leftover in (work, old):
            shutil.rmtree(leftover, ignore_errors=True)
