"""What is drawn for a seed: the same for every teacher, and the same on every run."""

from __future__ import annotations

from dataclasses import dataclass

from spar_data.core.errors import SparError
from spar_data.core.ids import rng
from spar_data.prompts.taxonomy import Taxonomy


@dataclass(frozen=True)
class EvolveConfig:
    """Seeds to complex prompts.

    teacher      rules (composed by code) or a model, e.g. openai:MODEL@URL.
    taxonomy     folder of a taxonomy of one's own; "" = the shipped one.
    min_extra, max_extra   further constraints beside the main one; 1-3 in the paper.
    temperature, max_tokens   for a model teacher; 0.7 in the authors' script.
    """

    teacher: str = "rules"
    taxonomy: str = ""
    min_extra: int = 1
    max_extra: int = 3
    temperature: float = 0.7
    max_tokens: int = 2048

    def __post_init__(self) -> None:
        if not 0 <= self.min_extra <= self.max_extra <= 6:
            raise SparError(
                f"evolve.min_extra = {self.min_extra}, evolve.max_extra = {self.max_extra}: "
                "0 <= min_extra <= max_extra <= 6 is expected"
            )
        if not 0 <= self.temperature <= 2:
            raise SparError(f"evolve.temperature = {self.temperature}: a number from 0 to 2 is expected")
        if self.max_tokens < 1:
            raise SparError(f"evolve.max_tokens = {self.max_tokens}: a positive number is expected")


@dataclass(frozen=True)
class Draw:
    """types: all types in drawn order, the first one is the main constraint; extra: how many more to add."""

    types: tuple[str, ...]
    extra: int


def draw(row_id: str, seed: int, taxonomy: Taxonomy, config: EvolveConfig) -> Draw:
    """Draws the main type uniformly, then how many more. Depends on the row's id and the seed alone."""
    random = rng(seed, "evolve", row_id)
    types = [t.id for t in taxonomy.types]
    random.shuffle(types)
    return Draw(tuple(types), random.randint(config.min_extra, config.max_extra))
