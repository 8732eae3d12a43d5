"""Draws the constraint types for a seed: the same for every teacher, and the same on every run."""

from __future__ import annotations

from dataclasses import dataclass

from spar_data.core.config import Config, setting
from spar_data.core.errors import SparError
from spar_data.core.ids import rng
from spar_data.prompts.taxonomy import Taxonomy


@dataclass(frozen=True)
class EvolveConfig(Config):
    """From seeds to complex prompts. The paper adds 1 to 3 extra constraints; its script samples at 0.7."""

    teacher: str = setting("rules", "rules (constraints composed by code) or a model, e.g. openai:MODEL@URL.")
    taxonomy: str = setting("", "Folder of a taxonomy of your own.", shown="the shipped one")
    min_extra: int = setting(1, "Minimum number of constraints besides the main one.", at_least=0, at_most=6)
    max_extra: int = setting(3, "Maximum number of constraints besides the main one.", at_least=0, at_most=6)
    temperature: float = setting(0.7, "Temperature of a model teacher.", at_least=0, at_most=2)
    max_tokens: int = setting(2048, "Maximum tokens of a model teacher's reply.", at_least=1)

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.min_extra > self.max_extra:
            raise SparError(
                f"min_extra = {self.min_extra}, max_extra = {self.max_extra}: min_extra <= max_extra is expected"
            )


@dataclass(frozen=True)
class Draw:
    """types: all types in drawn order, the main constraint's first. extra: how many more constraints to add."""

    types: tuple[str, ...]
    extra: int


def draw(row_id: str, seed: int, taxonomy: Taxonomy, config: EvolveConfig) -> Draw:
    """Draws the main type uniformly, then the number of extra constraints. Depends on the row's id and the seed alone."""
    random = rng(seed, "evolve", row_id)
    types = [kind.id for kind in taxonomy.types]
    random.shuffle(types)
    return Draw(tuple(types), random.randint(config.min_extra, config.max_extra))
