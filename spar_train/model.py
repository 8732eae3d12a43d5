"""Models to train: found, loaded in float32, written whole."""

from __future__ import annotations

import json
import os
import shutil
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from spar_data.errors import SparError, first_line, missing_package
from spar_data.files import write_json, write_text
from spar_data.models.local import base_and_adapter, chat_template, digest
from spar_data.models.smollm2 import folder as smollm2
from spar_data.models.spec import Spec, parse_spec
from spar_train.settings import Settings

_PREFIX = "base_model.model."  # of the names of a LoRA model's weights


class Source(NamedTuple):
    """A model before it is loaded.

    name      as the user gave it.
    adapter   a LoRA adapter that is added to the weights on loading.
    digest    hash of every file that matters: weights, configuration, tokenizer, chat template, adapter.
    dtype     of the stored weights; the trained ones are written in it.
    room      the longest sequence the model can read.
    template  a chat template in place of the model's own.
    """

    name: str
    folder: Path
    adapter: Path | None
    digest: str
    dtype: str
    room: int
    config: dict[str, Any]
    template: str | None = None


def find(name: str) -> Source:
    """What a name means: the folder of a model or of an adapter, a name on the Hub, smollm2, hf:... or vllm:....

    Raises SparError for what is no model, for quantised weights and for models without config.
    """
    spec = _spec(name)
    folder, adapter = base_and_adapter(spec)
    file = folder / "config.json"
    try:
        config = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise SparError(f"{file}: the configuration of a model is expected: {first_line(error)}") from None
    if "quantization_config" in config:
        raise SparError(f"{name}: its weights are quantised and cannot be trained: give the model they were made from")
    text = config.get("text_config", config)
    dtype = str(config.get("dtype") or config.get("torch_dtype") or text.get("dtype") or "float32")
    if dtype not in ("float32", "bfloat16", "float16"):
        raise SparError(f"{file}: dtype {dtype!r}: float32, bfloat16 or float16 is expected")
    parts = [digest(folder), *([digest(adapter)] if adapter else [])]
    room = int(text.get("max_position_embeddings") or 1 << 30)
    return Source(name, folder, adapter, "+".join(parts), dtype, room, config, chat_template(spec))


def _spec(name: str) -> Spec:
    if name.startswith("smollm2") and (name == "smollm2" or name[7] == ","):
        return parse_spec(f"hf:{smollm2()}{name[7:]}")
    if name.startswith(("hf:", "vllm:")):
        return parse_spec(name)
    if name.startswith(("openai:", "ray:", "replay:")) or name == "rules":
        raise SparError(
            f"model {name!r}: its weights are not here. A folder, a name on the Hub, hf:PATH or smollm2 is expected"
        )
    return Spec("hf", name)


def tokenizer(source: Source) -> Any:
    """Raises SparError if it cannot be loaded or there is no chat template."""
    transformers = _transformers(source.name)
    own = source.adapter is not None and any(source.adapter.glob("tokenizer*"))
    try:
        loaded = transformers.AutoTokenizer.from_pretrained(str(source.adapter if own else source.folder))
    except Exception as error:  # of many kinds: each file format has its own
        raise SparError(f"{source.name}: the tokenizer cannot be loaded: {first_line(error)}") from None
    loaded.chat_template = source.template or loaded.chat_template
    if not loaded.chat_template:
        raise SparError(
            f"{source.name} has no chat template: an instruct model is expected, or name a template: "
            f"hf:{source.folder},template=FILE"
        )
    return loaded


def load(source: Source, settings: Settings, attention: str) -> Any:
    """The model in float32, on the CPU, with the LoRA layers that the settings ask for. attention: what transformers calls
    attn_implementation. Equal settings give equal weights."""
    transformers = _transformers(source.name)
    import torch

    transformers.utils.logging.disable_progress_bar()
    # of names that peft and this file call: the new ones are not in every version of transformers 5
    warnings.filterwarnings("ignore", "`(is_)?gradient_checkpointing(_enable)?` is deprecated", FutureWarning)
    try:
        model = transformers.AutoModelForCausalLM.from_pretrained(
            str(source.folder), dtype=torch.float32, attn_implementation=attention
        )
        if source.adapter:
            model = (
                _peft().PeftModel.from_pretrained(model, str(source.adapter)).merge_and_unload().requires_grad_(True)
            )
    except SparError:
        raise
    except Exception as error:  # of many kinds, as above
        raise SparError(f"{source.name} cannot be loaded: {first_line(error)}") from None
    if settings.lora:
        peft = _peft()
        torch.manual_seed(settings.seed)
        alpha = settings.lora_alpha or 2 * settings.lora
        layers = peft.LoraConfig(r=settings.lora, lora_alpha=alpha, target_modules="all-linear", task_type="CAUSAL_LM")
        model = peft.get_peft_model(model, layers)
    if settings.gradient_checkpointing:
        model.gradient_checkpointing_enable(gradient_checkpointing_kwargs={"use_reentrant": False})
    return model


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
    model: Any, state: dict[str, Any], loaded: Any, source: Source, settings: Settings, out: Path, card: str
) -> None:
    """Writes out/model (and out/adapter of a LoRA model), each whole or not at all.

    model: unwrapped. state: all of its weights; they are rounded to settings.save_dtype. loaded: the tokenizer. The
    generation_config.json is the source's own, byte by byte.
    """
    dtype = weights_dtype(source, settings)
    if settings.lora:
        _replace(out / "adapter", lambda folder: _adapter(model, state, source, folder))
        state = merged(state, (settings.lora_alpha or 2 * settings.lora) / settings.lora)
        model = model.get_base_model()
    _replace(out / "model", lambda folder: _whole(model, state, loaded, source, dtype, folder, card))


def weights_dtype(source: Source, settings: Settings) -> str:
    """In which the trained weights are written."""
    return source.dtype if settings.save_dtype == "auto" else settings.save_dtype


def _whole(model: Any, state: dict[str, Any], loaded: Any, source: Source, dtype: str, folder: Path, card: str) -> None:
    import torch

    tied = getattr(model, "all_tied_weights_keys", None) or {}
    buffers = {name for name, _ in model.named_buffers()}
    rounded = {n: w if n in buffers else w.to(getattr(torch, dtype)) for n, w in state.items() if n not in tied}
    kept, model.generation_config = model.generation_config, _transformers(source.name).GenerationConfig()
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


def sync(folder: Path) -> None:
    """Everything below a folder is on the disk when this returns."""
    for path in [*folder.rglob("*"), folder]:
        handle = os.open(path, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _transformers(name: str) -> Any:
    try:
        import torch  # noqa: F401
        import transformers
    except ImportError as error:
        raise missing_package(error.name or "transformers", "train", f"Training {name}") from None
    return transformers


def _peft() -> Any:
    try:
        import peft
    except ImportError:
        raise missing_package("peft", "train", "LoRA") from None
    return peft
