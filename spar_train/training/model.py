"""Models to train: found, and loaded in float32."""

from __future__ import annotations

import json
import warnings
from pathlib import Path
from typing import Any, NamedTuple

from spar_data.core.errors import SparError, first_line, missing_package
from spar_data.models.backends.local import base_and_adapter, chat_template, digest
from spar_data.models.backends.smollm2 import folder as smollm2
from spar_data.models.model_spec import Spec, parse_spec
from spar_train.config import TrainingConfig


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


def load(source: Source, config: TrainingConfig, attention: str) -> Any:
    """The model in float32, on the CPU, with the LoRA layers that the config asks for. attention: what transformers calls
    attn_implementation. Equal configs give equal weights."""
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
    if config.lora:
        peft = _peft()
        torch.manual_seed(config.seed)
        alpha = config.lora_alpha or 2 * config.lora
        layers = peft.LoraConfig(r=config.lora, lora_alpha=alpha, target_modules="all-linear", task_type="CAUSAL_LM")
        model = peft.get_peft_model(model, layers)
    if config.gradient_checkpointing:
        model.gradient_checkpointing_enable(gradient_checkpointing_kwargs={"use_reentrant": False})
    return model


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
