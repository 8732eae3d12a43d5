"""Gold recipes: what a model is asked about problems with gold answers, and which of its replies become training rows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from spar_data.core.config import check, required, setting
from spar_data.core.errors import SparError
from spar_data.core.files import JsonValue
from spar_data.models import Message, Request
from spar_data.selfplay.gold.attempts import Attempt
from spar_data.selfplay.gold.problems import Problem
from spar_data.selfplay.records import Dialogue, Pair

_RPO, _REST_EM = "iterative-rpo: ", "rest-em: "


@dataclass(frozen=True)
class GoldConfig:
    """All settings of `spar-data gold`. Options of other recipes than the chosen one have no effect.

    ReST-EM's top-K of 40 is left out, because not every server offers it.
    """

    recipe: str = required("Recipe that keeps replies.", choices=("iterative-rpo", "star", "rest-em"))
    samples: int | None = setting(None, "Replies per problem.", at_least=1, shown="the paper's")
    temperature: float | None = setting(None, "Sampling temperature.", at_least=0, at_most=2, shown="the paper's")
    top_p: float = setting(1.0, "Nucleus of the sampling.", above=0, at_most=1)
    max_tokens: int = setting(1024, "Tokens of a reply at most.", at_least=1)
    pairs: int | None = setting(
        None, _RPO + "pairs per problem.", at_least=1, metavar="K", shown="10; 20 where labels are the answers"
    )
    gold_winner: bool = setting(False, _RPO + "the data's own solution is a winner too, as in the paper for GSM8K.")
    no_answer: str = setting(
        "drop", _RPO + "role of replies without a readable answer; in the paper they lose.", choices=("drop", "lose")
    )
    repeats: bool = setting(False, _RPO + "repeat pairs until there are K, as in the paper.")
    longest: int = setting(
        2048, _RPO + "drop longer pairs (prompt and longer side, estimated); the paper gives no number.",
        at_least=1, metavar="TOKENS",
    )  # fmt: skip
    cap: int = setting(60_000, _RPO + "pairs in all, drawn by seed; 0 = all.", at_least=0)
    most: int = setting(10, _REST_EM + "rows per problem at most.", at_least=1)
    seed: int = setting(42, "Seed of every draw.")

    def __post_init__(self) -> None:
        check(self)
        if self.recipe == "star" and (self.samples not in (None, 1) or self.temperature):
            raise SparError("star takes one greedy reply per problem: leave out --samples and --temperature")


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
