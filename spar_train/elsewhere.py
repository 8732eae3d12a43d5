"""The paper's settings as config files of other trainers; docs/training_elsewhere.md says how they differ."""

from __future__ import annotations

from importlib import resources

TRAINERS = ("trl", "llama-factory")


def config(trainer: str, stage: str) -> str:
    """The YAML file of a trainer for a stage, sft or dpo."""
    name = f"{trainer.replace('-', '_')}_{stage}.yaml"
    return (resources.files("spar_train") / "configs" / "elsewhere" / name).read_text(encoding="utf-8")
