"""The card of a trained model."""

from __future__ import annotations

import dataclasses

from spar_train.config import SFT
from spar_train.training.files.card import model_card
from spar_train.training.files.train_json import RowCounts, TrainingFacts

FACTS = TrainingFacts(
    "sft", "model-hash", SFT, "rows-hash", 'models/"quoted"', "bfloat16", RowCounts(1234, 0, 0, [], "rows-hash"), 20,
    "padded", "fp32", 1, {}, "0.1.0", True, {"step": 20, "loss": 1.23456789},
)  # fmt: skip


def test_origin_settings_and_last_step() -> None:
    card = model_card("actor-0", FACTS)
    assert 'base_model: "models/\\"quoted\\""' in card and "\n# actor-0\n" in card
    assert "quoted after supervised fine-tuning on 1,234 rows in 20 steps (all weights were trained)" in card
    for line in (
        "| base model | model-hash |",
        "| rows | rows-hash |",
        "| learning_rate | 2e-06 |",
        "| loss | 1.23457 |",
    ):
        assert line in card


def test_lora() -> None:
    card = model_card("actor-0", dataclasses.replace(FACTS, settings=dataclasses.replace(SFT, lora=16)))
    assert "(LoRA of rank 16, merged into the weights)" in card
