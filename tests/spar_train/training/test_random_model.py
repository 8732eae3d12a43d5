"""The tiny model that needs no download."""

from __future__ import annotations

from pathlib import Path

import pytest

transformers = pytest.importorskip("transformers")

from spar_train.training.random_model import random_model  # noqa: E402


def test_equal_seeds_give_equal_weights(tmp_path: Path) -> None:
    weights = [(random_model(tmp_path / name, seed) / "model.safetensors").read_bytes()
               for name, seed in (("a", 0), ("b", 0), ("c", 1))]  # fmt: skip
    assert weights[0] == weights[1] != weights[2]


def test_any_text_is_tokenized_without_loss(tmp_path: Path) -> None:
    tokenizer = transformers.AutoTokenizer.from_pretrained(random_model(tmp_path))
    assert tokenizer.decode(tokenizer("Grüße, 世界!")["input_ids"]) == "Grüße, 世界!"
