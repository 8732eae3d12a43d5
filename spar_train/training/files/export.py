"""Trained models, written whole or not at all."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

from spar_data.core.files import write_json, write_text
from spar_train.config import TrainingConfig
from spar_train.training.files.full_disk import sync
from spar_train.training.model import Source

_PREFIX = "base_model.model."  # of the names of a LoRA model's weights


def merged(state: dict[str, Any], scaling: float) -> dict[str, Any]:
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
    model: Any, state: dict[str, Any], loaded: Any, source: Source, config: TrainingConfig, out: Path, card: str
) -> None:
    """Writes out/model (and out/adapter of a LoRA model), each whole or not at all.

    model: unwrapped. state: all of its weights; they are rounded to config.save_dtype. loaded: the tokenizer. The
    generation_config.json is the source's own, byte by byte.
    """
    dtype = weights_dtype(source, config)
    if config.lora:
        _replace(out / "adapter", lambda folder: _adapter(model, state, source, folder))
        state = merged(state, config.lora_scaling)
        model = model.get_base_model()
    _replace(out / "model", lambda folder: _whole(model, state, loaded, source, dtype, folder, card))


def weights_dtype(source: Source, config: TrainingConfig) -> str:
    """In which the trained weights are written."""
    return source.dtype if config.save_dtype == "auto" else config.save_dtype


def _whole(model: Any, state: dict[str, Any], loaded: Any, source: Source, dtype: str, folder: Path, card: str) -> None:
    import torch
    from transformers import GenerationConfig

    tied = getattr(model, "all_tied_weights_keys", None) or {}
    buffers = {name for name, _ in model.named_buffers()}
    rounded = {n: w if n in buffers else w.to(getattr(torch, dtype)) for n, w in state.items() if n not in tied}
    kept, model.generation_config = model.generation_config, GenerationConfig()
    model.save_pretrained(str(folder), state_dict=rounded)
    model.generation_config = kept
    if (source.folder / "generation_config.json").is_file():
        shutil.copyfile(source.folder / "generation_config.json", folder / "generation_config.json")
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    write_json(folder / "config.json", {**config, "dtype": dtype})  # save_pretrained writes that of the training
    loaded.save_pretrained(str(folder))
    write_text(folder / "README.md", card)


def _adapter(model: Any, state: dict[str, Any], source: Source, folder: Path) -> None:
    model.save_pretrained(str(folder), state_dict={n: w for n, w in state.items() if ".lora_" in n})
    (folder / "README.md").unlink(missing_ok=True)  # peft's own, an empty form
    if source.adapter:
        write_text(folder / "README.md", f"Of {source.folder} with the adapter {source.adapter} added in.\n")


def _replace(target: Path, write: Callable[[Path], None]) -> None:
    """Lets `write` fill a folder beside the target, then puts it in the target's place."""
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
