"""Gold recipes: what a model is asked about problems with gold answers, and which of its replies become training rows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from spar_data.core.files import JsonValue
from spar_data.models import Message, Request
from spar_data.selfplay.gold.attempts import Attempt
from spar_data.selfplay.gold.config import GoldConfig
from spar_data.selfplay.gold.problems import Problem
from spar_data.selfplay.records import Dialogue, Pair


@dataclass(frozen=True)
class GoldRecipe:
    """How replies to problems become rows.

    kind         of the rows: Pair or Dialogue.
    samples, temperature   the paper's.
    rows         (problem, attempts, config, counts) to rows; counts gets the numbers of problems and rows by outcome.
    phase        what the progress bar and the summary call the sampling.
    hint         the second request about a problem, by its first attempt; None if the problem needs none.
    finish       applied to all rows together, e.g. a cap.
    settings     the settings that the summary names beside those of sampling.
    from_base    whether every iteration trains the first model anew, instead of the latest one.
    """

    name: str
    kind: type[Pair] | type[Dialogue]
    samples: int
    temperature: float
    rows: Callable[[Problem, Sequence[Attempt], GoldConfig, Counter[str]], Sequence[Pair | Dialogue]]
    phase: str = "sample"
    hint: Callable[[Problem, Attempt, GoldConfig], Request | None] | None = None
    finish: Callable[[list[Pair | Dialogue], GoldConfig, Counter[str]], list[Pair | Dialogue]] | None = None
    settings: Callable[[GoldConfig, Sequence[Problem]], Mapping[str, JsonValue]] = lambda config, problems: {}
    from_base: bool = False

    @property
    def file(self) -> str:
        """The file of its rows, pairs.parquet or dialogues.parquet."""
        return "pairs.parquet" if self.kind is Pair else "dialogues.parquet"

    def request(self, problem: Problem, config: GoldConfig) -> Request:
        """The request for the samples of a problem."""
        temperature = self.temperature if config.temperature is None else config.temperature
        samples = config.samples or self.samples
        return Request((Message("user", problem.prompt),), temperature, config.max_tokens, config.top_p, samples)
