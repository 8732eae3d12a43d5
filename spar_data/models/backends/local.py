"""Models in a local folder: their files, number format and identity, and answers from the text that they generate."""

from __future__ import annotations

import contextlib
import hashlib
import json
from pathlib import Path
from typing import TYPE_CHECKING

from spar_data.core.assets import cache_folder
from spar_data.core.errors import SparError, first_line, importing
from spar_data.core.files import sha256, write_json
from spar_data.models.model_spec import Spec
from spar_data.models.requests import Answer, Failure, Identity, Request
from spar_data.models.thinking import conclude, split_thinking

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

_MODEL_FILES = ("*.safetensors", "*.bin", "*.json", "*.jinja", "*.model", "*.txt", "*.gguf")
_DIGESTS = "digests.json"


def find_folder(target: str) -> Path:
    """The folder itself, or the downloaded snapshot of a model on the Hub. Raises SparError."""
    folder = Path(target).expanduser()
    if folder.is_dir():
        if not (folder / "config.json").is_file() and not (folder / "adapter_config.json").is_file():
            raise SparError(f"{folder} is not a model: a folder with config.json (or adapter_config.json) is expected")
        return folder
    if target.startswith(("/", ".", "~")) or target.count("/") > 1:
        raise SparError(f"{target} does not exist: the folder of a model is expected")
    with importing("huggingface_hub", "hub", f"the model {target!r}, which is no folder,"):
        from huggingface_hub import snapshot_download
    try:
        return Path(snapshot_download(target))
    except Exception as error:  # the Hub's client raises many kinds; all mean that the model is not available
        reason = first_line(error)
        raise SparError(f"{target} is not a folder, and the Hub has no model of that name: {reason}") from None


def local_identity(spec: Spec) -> Identity:
    """The identity of a local model: its backend, its number format, and the digests of the model and of an adapter.

    The digest covers all files that can change an answer: weights, configuration, tokenizer, chat template. The path is
    not part of it: a copied model is the same model.
    """
    dtype = spec.options.get("dtype", "auto")
    if spec.kind == "hf" and dtype == "auto":
        dtype = device_and_dtype(spec)[1]
    base, adapter = base_and_adapter(spec)
    parts = {"family": spec.kind, "files": digest(base), "dtype": dtype}
    if adapter:
        parts["lora"] = digest(adapter)
    if template := chat_template(spec):
        parts["template"] = hashlib.sha256(template.encode()).hexdigest()
    return Identity(f"{spec.kind}:{Path(spec.target).name}", json.dumps(parts, sort_keys=True))


def device_and_dtype(spec: Spec) -> tuple[str, str]:
    """The device and number format of an hf: model. Raises SparError for a missing package or an unknown format.

    Unless the spec names a format, it is float32 on a CPU without fast bfloat16 (AMX) and bfloat16 elsewhere.
    """
    with importing("", "hf", f"the model {spec.kind}:{spec.target}"):
        import torch
        import transformers  # noqa: F401
    device = spec.options.get("device") or ("cuda" if torch.cuda.is_available() else "cpu")
    dtype = spec.options.get("dtype", "auto")
    if dtype in ("float32", "bfloat16", "float16"):
        return device, dtype
    if dtype != "auto":
        raise SparError(f"dtype={dtype}: auto, float32, bfloat16 or float16 is expected")
    return device, "bfloat16" if device.startswith("cuda") or _fast_bfloat16() else "float32"


def _fast_bfloat16() -> bool:
    try:
        return "amx_bf16" in Path("/proc/cpuinfo").read_text(encoding="utf-8")
    except OSError:
        return False


def chat_template(spec: Spec) -> str | None:
    """The chat template in the file that the spec names; None: the model's own. Raises SparError for an unreadable file."""
    if "template" not in spec.options:
        return None
    file = Path(spec.options["template"]).expanduser()
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise SparError(f"template={file}: a file with a chat template (Jinja) is expected: {error}") from None


def base_and_adapter(spec: Spec) -> tuple[Path, Path | None]:
    """The folders of the model and of its LoRA adapter; the folder of an adapter names its base model."""
    folder = find_folder(spec.target)
    if (folder / "config.json").is_file():
        return folder, find_folder(spec.options["lora"]) if "lora" in spec.options else None
    config = json.loads((folder / "adapter_config.json").read_text(encoding="utf-8"))
    return find_folder(str(config.get("base_model_name_or_path"))), folder


def digest(folder: Path) -> str:
    """SHA-256 over the names and contents of the model's files. A file that did not change is not read again."""
    cache = cache_folder() / _DIGESTS
    try:
        digests = json.loads(cache.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        digests = {}
    total, changed = hashlib.sha256(), False
    files = sorted({path for pattern in _MODEL_FILES for path in folder.glob(pattern) if path.is_file()})
    for path in files:
        real = path.resolve()
        status = real.stat()
        key = f"{real}:{status.st_size}:{status.st_mtime_ns}:{status.st_ino}"
        if key not in digests:
            digests[key], changed = sha256(real), True
        total.update(f"{path.name}:{digests[key]}\n".encode())
    if changed:
        with contextlib.suppress(OSError):  # a cache that cannot be written costs time, nothing else
            write_json(cache, digests)
    return total.hexdigest()


def encode(tokenizer: PreTrainedTokenizerBase, request: Request) -> list[int] | Failure:
    """The tokens of the messages in the model's chat template, or why the template refuses them."""
    messages = [{"role": m.role, "content": m.content} for m in request.messages]
    try:
        encoded = tokenizer.apply_chat_template(messages, add_generation_prompt=True, return_dict=True)
    except Exception as error:  # a template's own raise_exception, among others
        return Failure("error", f"the chat template refuses the messages: {first_line(error)}")
    return list(getattr(encoded, "input_ids", encoded))


def answer(text: str, ended: bool, request: Request, prompt_tokens: int, completion_tokens: int) -> Answer:
    """The answer that a generated text makes.

    ended: the model stopped by itself, or at one of the request's stop texts, rather than at `max_tokens`.
    """
    for stop in request.stop:
        if stop in text:
            text, ended = text[: text.index(stop)], True
    split = split_thinking(text)
    return conclude(split._replace(answer=split.answer.strip()), not ended, request, prompt_tokens, completion_tokens)
