"""The sizes of a dense decoder-only transformer, and the number of its parameters."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from spar_data.core.errors import SparError, first_line, importing, nearest

DENSE = ("llama", "mistral", "qwen2", "qwen3", "smollm3", "glm", "gemma")
"""Values of `model_type` for which the formula below is exact: tests compare it with built models."""


@dataclass(frozen=True)
class Shape:
    """Sizes as in config.json: hidden_size, intermediate_size, and so on.

    tied                the matrix of the embeddings is also the head.
    qkv_bias, qk_norm   whether the attention has them (Qwen2, Qwen3).
    counted             number of parameters, counted on a built model where the formula does not hold; 0 otherwise.
    """

    hidden: int
    intermediate: int
    layers: int
    heads: int
    kv_heads: int
    head_dim: int
    vocabulary: int
    tied: bool = False
    qkv_bias: bool = False
    qk_norm: bool = False
    counted: int = 0

    @property
    def matrices_of_layer(self) -> int:
        """Entries of the matrices of a layer: query, key, value, output; gate, up, down."""
        attention = 2 * self.hidden * self.head_dim * (self.heads + self.kv_heads)
        return attention + 3 * self.hidden * self.intermediate

    @property
    def layer(self) -> int:
        """Parameters of a layer: the matrices, two norms, and biases and norms of the heads where there are any."""
        bias = self.head_dim * (self.heads + 2 * self.kv_heads) if self.qkv_bias else 0
        return self.matrices_of_layer + 2 * self.hidden + bias + (2 * self.head_dim if self.qk_norm else 0)

    @property
    def head(self) -> int:
        """Entries of the matrix from hidden states to logits."""
        return self.vocabulary * self.hidden

    @property
    def parameters(self) -> int:
        """Embeddings, layers, last norm and head together."""
        return self.counted or self.head * (1 if self.tied else 2) + self.layers * self.layer + self.hidden

    @property
    def multiplied(self) -> int:
        """Parameters that a token is multiplied with before the head, without embeddings."""
        embeddings = self.head * (1 if self.tied else 2)
        return max(self.parameters - embeddings, self.layers * self.matrices_of_layer)

    def lora(self, rank: int) -> int:
        """Parameters of adapters of this rank on every matrix of every layer (Hu 2021, arXiv 2106.09685)."""
        query, key = self.heads * self.head_dim, self.kv_heads * self.head_dim
        attention = 2 * (self.hidden + query) + 2 * (self.hidden + key)
        return self.layers * rank * (attention + 3 * (self.hidden + self.intermediate))


SIZES = {
    "smollm2-135m": Shape(576, 1536, 30, 9, 3, 64, 49152, tied=True),
    "smollm2-360m": Shape(960, 2560, 32, 15, 5, 64, 49152, tied=True),
    "smollm2-1.7b": Shape(2048, 8192, 24, 32, 32, 64, 49152, tied=True),
    "qwen2.5-0.5b": Shape(896, 4864, 24, 14, 2, 64, 151936, tied=True, qkv_bias=True),
    "qwen2.5-7b": Shape(3584, 18944, 28, 28, 4, 128, 152064, qkv_bias=True),
    "qwen3-0.6b": Shape(1024, 3072, 28, 16, 8, 128, 151936, tied=True, qk_norm=True),
    "qwen3-8b": Shape(4096, 12288, 36, 32, 8, 128, 151936, qk_norm=True),
    "llama-3.2-1b": Shape(2048, 8192, 16, 32, 8, 64, 128256, tied=True),
    "llama-3.2-3b": Shape(3072, 8192, 28, 24, 8, 128, 128256, tied=True),
    "llama-3-8b": Shape(4096, 14336, 32, 32, 8, 128, 128256),
    "llama-3-70b": Shape(8192, 28672, 80, 64, 8, 128, 128256),
    "mistral-7b": Shape(4096, 14336, 32, 32, 8, 128, 32000),
    "glm-4-9b": Shape(4096, 13696, 40, 32, 2, 128, 151552, qkv_bias=True),
}
"""Sizes by name, from the config.json of each model: the paper's four, and small ones."""


def shape_of_config(config: Mapping[str, object], counted: int = 0) -> Shape:
    """Reads the shape from the content of a config.json. counted: number of parameters, if known.

    Raises SparError naming a field that is missing or not a whole number, and for mixtures of experts, which are not covered.
    """

    def number(name: str, default: int | None = None) -> int:
        value = config.get(name)
        value = default if value is None else value
        if isinstance(value, bool) or not isinstance(value, int) or value < 1:
            raise SparError(f"config.json: '{name}' is {value!r}, a positive whole number is expected")
        return value

    for name in ("num_local_experts", "num_experts", "n_routed_experts"):
        if config.get(name):
            raise SparError(f"config.json: '{name}' is {config[name]!r}: only dense models can be planned")
    hidden, heads = number("hidden_size"), number("num_attention_heads")
    kind = config.get("model_type")
    return Shape(
        hidden=hidden,
        intermediate=number("intermediate_size"),
        layers=number("num_hidden_layers"),
        heads=heads,
        kv_heads=number("num_key_value_heads", heads),
        head_dim=number("head_dim", max(1, hidden // heads)),
        vocabulary=number("vocab_size"),
        tied=bool(config.get("tie_word_embeddings", kind == "gemma")),
        qkv_bias=kind == "qwen2" or (bool(config.get("attention_bias")) and kind == "glm"),
        qk_norm=kind == "qwen3",
        counted=counted,
    )


def shape_of_model(spec: str) -> Shape:
    """The shape of a known size, of a model in a folder (also as hf:PATH), or of one on the Hub, whose config.json is fetched.

    Raises SparError for an unknown name, and as `shape_of_folder` does.
    """
    name = spec.removeprefix("hf:").partition(",")[0]
    if name == "smollm2":
        name = "smollm2-135m"
    if name.lower() in SIZES:
        return SIZES[name.lower()]
    if Path(name).is_dir():
        return shape_of_folder(Path(name))
    if name.count("/") != 1 or name.startswith((".", "/", "~")):
        raise SparError(f"model {spec!r}: no folder of that name, and no known size.{nearest(name, SIZES)}")
    with importing("huggingface_hub", "train", "models of the Hub"):
        from huggingface_hub import hf_hub_download
    try:
        return shape_of_folder(Path(hf_hub_download(name, "config.json")).parent)
    except (OSError, ValueError) as error:
        raise SparError(f"model {spec!r}: no folder of that name, and the Hub answers: {first_line(error)}") from None


def shape_of_folder(folder: Path) -> Shape:
    """The shape of the model in a folder; counts the parameters of kinds that the formula does not cover.

    Raises SparError for a folder without a config.json that describes a dense model.
    """
    file = folder / "config.json"
    try:
        config = json.loads(file.read_bytes())
    except OSError:
        raise SparError(f"{file} does not exist: the folder of a transformers model is expected") from None
    except ValueError as error:
        raise SparError(f"{file} is not JSON: {error}") from None
    if not isinstance(config, dict):
        raise SparError(f"{file} is not a JSON object")
    try:
        return shape_of_config(config, 0 if config.get("model_type") in DENSE else _count_parameters(folder))
    except SparError as error:
        raise SparError(f"{file.parent}: {error}") from None


def _count_parameters(folder: Path) -> int:
    """The number of parameters of any model that transformers can build; takes no memory for them."""
    with importing("transformers", "train", "counting the parameters of this kind of model"):
        import torch
        from transformers import AutoConfig, AutoModelForCausalLM
    try:
        with torch.device("meta"):
            model = AutoModelForCausalLM.from_config(AutoConfig.from_pretrained(folder))
    except (ValueError, OSError, KeyError, AttributeError) as error:
        raise SparError(f"transformers cannot build it: {first_line(error)}") from None
    return sum(parameter.numel() for parameter in model.parameters())
