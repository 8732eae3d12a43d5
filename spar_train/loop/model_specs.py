"""Specs of the models in a loop: those that training starts from, and those that it made."""

from __future__ import annotations

from pathlib import Path

from spar_data.core.errors import SparError
from spar_data.models.model_spec import RULES, parse_spec

_LOCAL = ("hf", "vllm", "smollm2")
_ENGINE_OPTIONS = {  # options of a spec that also hold for the trained model
    "hf": ("dtype", "device", "batch"),
    "vllm": ("tp", "max_len", "dtype", "memory"),
}
_REFUSED_OPTIONS = {
    "lora": "an adapter: merge it into the model first",
    "template": "a template: put it into the model's folder",
}


def start_model(spec: str, option: str = "--actor") -> str:
    """The name under which the trainer knows a model: a folder, a name on the Hub, or smollm2.

    option: for the error message. Raises SparError for models that cannot be trained.
    """
    parsed = parse_spec(spec)
    if parsed.kind not in _LOCAL:
        raise SparError(
            f"{option} {spec}: a model behind an API cannot be trained: hf:PATH, vllm:PATH or smollm2 is expected"
        )
    for name, reason in _REFUSED_OPTIONS.items():
        if name in parsed.options:
            raise SparError(f"{option} {spec}: the trainer does not accept {reason}")
    return "smollm2" if parsed.kind == "smollm2" else parsed.target


def is_trainable(spec: str) -> bool:
    """Whether a refiner of this spec is trained. One behind an API stays as it is."""
    return spec not in ("", RULES) and parse_spec(spec).kind in _LOCAL


def trained_model(folder: Path, spec: str, engine: str = "") -> str:
    """The spec of the model in folder/model that was trained from one of `spec`. engine: "" means that of `spec`."""
    parsed = parse_spec(spec)
    engine = engine or ("hf" if parsed.kind == "smollm2" else parsed.kind)
    options = [f"{name}={parsed.options[name]}" for name in _ENGINE_OPTIONS[engine] if name in parsed.options]
    return ",".join([f"{engine}:{folder / 'model'}", *options])
