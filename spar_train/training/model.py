"""Finds models to train, and loads them in float32."""

from __future__ import annotations

import json
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from spar_data.core.errors import SparError, first_line, importing
from spar_data.models.backends.local import base_and_adapter, chat_template, digest
from spar_data.models.backends.smollm2 import folder as smollm2
from spar_data.models.model_spec import Spec, parse_spec
from spar_train.config import TrainingConfig

if TYPE_CHECKING:
    from transformers import PreTrainedModel, PreTrainedTokenizerBase


class ModelSource(NamedTuple):
    """A model before it is loaded.

    name      as the user gave it.
    adapter   LoRA adapter that is merged into the weights on loading.
    digest    hash of every file that matters: weights, configuration, tokenizer, chat template, adapter. (A template that replaces the
              model's own changes the tokens, and so the hash of the rows.)
    dtype     number format of the stored weights.
    room      length of the longest sequence that the model can read.
    template  chat template that replaces the model's own.
    """

    name: str
    folder: Path
    adapter: Path | None
    digest: str
    dtype: str
    room: int
    template: str | None = None


def find_model(name: str) -> ModelSource:
    """Resolves a name: the folder of a model or of an adapter, a name on the Hub, smollm2, hf:... or vllm:....

    Raises SparError if it is not a model, has no configuration, or has quantised weights.
    """
    spec = _spec(name)
    folder, adapter = base_and_adapter(spec)
    file = folder / "config.json"
    try:
        config = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise SparError(f"{file}: the configuration of a model is expected: {first_line(error)}") from None
    if "quantization_config" in config:
        raise SparError(
            f"{name}: its weights are quantised and cannot be trained: use the model that they were made from"
        )
    text = config.get("text_config", config)
    dtype = str(config.get("dtype") or config.get("torch_dtype") or text.get("dtype") or "float32")
    if dtype not in ("float32", "bfloat16", "float16"):
        raise SparError(f"{file}: dtype {dtype!r}: float32, bfloat16 or float16 is expected")
    parts = [digest(folder), *([digest(adapter)] if adapter else [])]
    room = int(text.get("max_position_embeddings") or 1 << 30)
    return ModelSource(name, folder, adapter, "+".join(parts), dtype, room, chat_template(spec))


def _spec(name: str) -> Spec:
    if name.startswith("smollm2") and (name == "smollm2" or name[7] == ","):
        return parse_spec(f"hf:{smollm2()}{name[7:]}")
    if name.startswith(("hf:", "vllm:")):
        return parse_spec(name)
    if name.startswith(("openai:", "ray:", "replay:")) or name == "rules":
        raise SparError(
            f"model {name!r}: its weights are not available here. A folder, a name on the Hub, hf:PATH or smollm2 is expected"
        )
    return Spec("hf", name)


def load_tokenizer(source: ModelSource) -> PreTrainedTokenizerBase:
    """The tokenizer, with the chat template. Raises SparError if either is missing."""
    with importing("", "train", f"Training {source.name}"):
        import transformers
    with_adapter = source.adapter is not None and any(source.adapter.glob("tokenizer*"))
    try:
        loaded = transformers.AutoTokenizer.from_pretrained(str(source.adapter if with_adapter else source.folder))
    except Exception as error:  # each file format has its own kinds
        raise SparError(f"{source.name}: the tokenizer cannot be loaded: {first_line(error)}") from None
    loaded.chat_template = source.template or loaded.chat_template
    if not loaded.chat_template:
        raise SparError(
            f"{source.name} has no chat template: use an instruct model, or add a template: "
            f"hf:{source.folder},template=FILE"
        )
    return loaded


def load_model(source: ModelSource, config: TrainingConfig, attention: str) -> PreTrainedModel:
    """The model in float32, on the CPU, with the LoRA layers that the config asks for. Equal configs give equal weights.

    attention: the attn_implementation of transformers. Raises SparError if the model cannot be loaded.
    """
    with importing("", "train", f"Training {source.name}"):
        import torch
        import transformers
    transformers.utils.logging.disable_progress_bar()
    # peft and this file call the old names: the new ones are not in every version of transformers 5
    warnings.filterwarnings("ignore", "`(is_)?gradient_checkpointing(_enable)?` is deprecated", FutureWarning)
    try:
        model = transformers.AutoModelForCausalLM.from_pretrained(
            str(source.folder), dtype=torch.float32, attn_implementation=attention
        )
        if source.adapter:
            with importing("peft", "train", "LoRA"):
                import peft
            model = peft.PeftModel.from_pretrained(model, str(source.adapter)).merge_and_unload().requires_grad_(True)
    except SparError:
        raise
    except Exception as error:  # of many kinds, as above
        raise SparError(f"{source.name} cannot be loaded: {first_line(error)}") from None
    if config.lora:
        with importing("peft", "train", "LoRA"):
            import peft
        torch.manual_seed(config.seed)
        alpha = config.lora_alpha or 2 * config.lora
        layers = peft.LoraConfig(r=config.lora, lora_alpha=alpha, target_modules="all-linear", task_type="CAUSAL_LM")
        model = peft.get_peft_model(model, layers)
    if config.gradient_checkpointing:
        model.gradient_checkpointing_enable(gradient_checkpointing_kwargs={"use_reentrant": False})
    return model
