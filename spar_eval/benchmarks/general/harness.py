"""Models as lm-evaluation-harness opens them."""

from __future__ import annotations

import contextlib
import hashlib
import json
import logging
import os
import sys
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple, TypeAlias

from spar_data.core.errors import SparError, first_line, importing, missing_package
from spar_data.models import identify
from spar_data.models.backends.local import base_and_adapter
from spar_data.models.model_spec import Spec, parse_spec
from spar_eval.benchmarks.general.config import GeneralConfig

_HF_BATCH = 16  # sequences of a batch of transformers
_THINK_END = "</think>"


Harness: TypeAlias = Any
"""The module lm_eval, or an object of it: it has no types."""


class HarnessModel(NamedTuple):
    """What the harness calls a model: its kind, its arguments (no key is among them) and the size of a batch."""

    kind: str
    arguments: Mapping[str, object]
    batch: int | str


def import_harness() -> Harness:
    """The module lm_eval. Raises SparError if it is not installed."""
    with importing("", "general", "spar-eval general"):
        import lm_eval
        import lm_eval.api.registry
        import lm_eval.tasks
    return lm_eval


def local_spec(model: str) -> Spec:
    """The spec of a model, with smollm2 as the folder of its files."""
    spec = parse_spec(model)
    if spec.kind != "smollm2":
        return spec
    from spar_data.models.backends.smollm2 import folder

    return Spec("hf", str(folder()), options=spec.options)


def harness_model(spec: Spec, config: GeneralConfig) -> HarnessModel:
    """How the harness opens a model. Raises SparError for one that it cannot ask."""
    match spec.kind:
        case "hf":
            return _transformers(spec)
        case "vllm":
            return _vllm(spec)
        case "openai":
            return _server(spec, config)
    raise SparError(
        f"model {spec.kind}:{spec.target}: the harness asks models itself: hf:PATH, vllm:PATH, smollm2 or openai:MODEL@URL "
        "is expected"
    )


def _transformers(spec: Spec) -> HarnessModel:
    from spar_data.models.backends.local import device_and_dtype

    base, adapter = base_and_adapter(spec)
    device, dtype = device_and_dtype(spec)
    arguments = {"pretrained": str(base), "dtype": dtype, "device": device, "think_end_token": _THINK_END}
    if adapter:
        arguments["peft"] = str(adapter)
    return HarnessModel("hf", arguments, spec.integer("batch", _HF_BATCH))


def _vllm(spec: Spec) -> HarnessModel:
    base, adapter = base_and_adapter(spec)
    arguments: dict[str, object] = {
        "pretrained": str(base),
        "dtype": spec.options.get("dtype", "auto"),
        "tensor_parallel_size": spec.integer("tp", 1),
        "think_end_token": _THINK_END,
    }
    if "max_len" in spec.options:
        arguments["max_model_len"] = spec.integer("max_len", 0)
    if "memory" in spec.options:
        arguments["gpu_memory_utilization"] = float(spec.options["memory"])
    if adapter:
        rank = json.loads((adapter / "adapter_config.json").read_text(encoding="utf-8")).get("r", 16)
        arguments |= {"lora_local_path": str(adapter), "max_lora_rank": max(16, rank)}
    return HarnessModel("vllm", arguments, "auto")


def _server(spec: Spec, config: GeneralConfig) -> HarnessModel:
    if len(spec.urls) > 1:
        raise SparError(f"openai:{spec.target}: the harness asks one server: one URL is expected")
    if not config.chat:
        raise SparError("--no-chat: a server of chat completions takes messages only; use hf: or vllm:")
    url = (spec.urls or (os.environ.get("OPENAI_BASE_URL") or "https://api.openai.com/v1",))[0]
    arguments = {
        "model": spec.target,
        "base_url": f"{url.rstrip('/')}/chat/completions",
        "max_length": 1 << 20,
        "num_concurrent": config.concurrency,
        "think_end_token": _THINK_END,
    }
    return HarnessModel("local-chat-completions", arguments, 1)


def open_harness_model(harness: Harness, model: HarnessModel, name: str) -> Harness:
    """The harness's model object. Raises SparError if a package is missing or the files cannot be read."""
    arguments = dict(model.arguments)
    options = {"batch_size": model.batch, "max_batch_size": None, "device": arguments.pop("device", None)}
    try:
        return harness.api.registry.get_model(model.kind).create_from_arg_obj(arguments, options)
    except ImportError as error:
        extra = "vllm" if model.kind == "vllm" else "general"
        raise missing_package(error.name or "lm-eval[api]", extra, f"the model {name}") from None
    except Exception as error:  # each file format has errors of its own
        raise SparError(f"{name} cannot be opened by lm-eval: {first_line(error)}") from None


def cache_name(spec: Spec, model: HarnessModel, version: str) -> str:
    """Names the cache: other weights behind the same path, or another server, must not get the old answers."""
    parts = (identify(spec), model.arguments.get("base_url"), version)
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:16]


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Keeps the harness off standard output, which belongs to the command (--json above all), and its log to errors."""
    log = logging.getLogger("lm_eval")
    level = log.level
    log.setLevel(logging.ERROR)
    try:
        with contextlib.redirect_stdout(sys.stderr):
            yield
    finally:
        log.setLevel(level)


@contextlib.contextmanager
def environment(spec: Spec, config: GeneralConfig) -> Iterator[None]:
    """Sets the variables from which the harness reads the key and the permission to run code."""
    variables = {"HF_ALLOW_CODE_EVAL": "1"} if config.allow_code else {}
    if spec.kind == "openai":
        from spar_data.models.backends.openai_protocol import api_key

        variables["OPENAI_API_KEY"] = api_key(spec)
    before = {name: os.environ[name] for name in variables if name in os.environ}
    os.environ.update(variables)
    try:
        yield
    finally:
        for name in variables:
            os.environ.pop(name, None)
        os.environ.update(before)
