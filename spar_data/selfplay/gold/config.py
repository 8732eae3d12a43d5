"""The settings of `spar-data gold`."""

from __future__ import annotations

from dataclasses import dataclass

from spar_data.core.config import Config, required, setting
from spar_data.core.errors import SparError

_RPO, _REST_EM = "iterative-rpo: ", "rest-em: "


@dataclass(frozen=True)
class GoldConfig(Config):
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
        super().__post_init__()
        if self.recipe == "star" and (self.samples not in (None, 1) or self.temperature):
            raise SparError("star takes one greedy reply per problem: leave out --samples and --temperature")
