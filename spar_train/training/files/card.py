"""The README.md of a trained model: its origin, and how to load it."""

from __future__ import annotations

import dataclasses
from pathlib import Path

from spar_data import __version__
from spar_data.core.templates import render
from spar_train.training.files.train_json import TrainingFacts

_STAGES = {
    "sft": "supervised fine-tuning",
    "dpo": "direct preference optimisation",
    "rft": "rejection-sampling fine-tuning",
}


def model_card(name: str, facts: TrainingFacts) -> str:
    """The text of the card. name: of the trained model."""
    return render(
        "card.md.jinja",
        "spar_train",
        name=name,
        start=Path(facts.name).name.replace('"', ""),
        stage=_STAGES[facts.stage],
        facts=facts,
        settings=dataclasses.asdict(facts.settings),
        suite=__version__,
    )
