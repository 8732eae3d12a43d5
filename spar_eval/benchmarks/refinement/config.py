"""The settings of the refinement evaluation."""

from __future__ import annotations

from dataclasses import dataclass

from spar_data.core.config import Config, setting
from spar_data.core.errors import SparError
from spar_data.selfplay.search.orders import ORDER_NAMES, SearchConfig

TREES = ("bfs", "dfs", "best-first")


@dataclass(frozen=True)
class RefinementConfig(Config):
    """How the refiner decodes, and how judges vote."""

    decoding: str = setting("greedy", "How a refinement is found.", choices=ORDER_NAMES)
    samples: int = setting(5, "Drafts of best-of-n.", at_least=2)
    depth: int = setting(3, "Rounds of iterative at most, levels of a tree.", at_least=1)
    branch: int = setting(3, "Children of a node of a tree.", at_least=2)
    beam: int = setting(2, "Nodes expanded by bfs and dfs.", at_least=1)
    nodes: int = setting(0, "Refinements of a tree at most.", at_least=0, shown="no limit")
    temperature: float | None = setting(
        None, "Sampling temperature of the refiner.", at_least=0, at_most=2, shown="0; best-of-n and trees: 0.7"
    )
    top_p: float = setting(1.0, "Sample from the most likely tokens with this total probability.", above=0, at_most=1)
    max_tokens: int = setting(3072, "Tokens of one refinement at most.", at_least=1)
    votes: int = setting(5, "Votes of a judgement; the majority counts.", at_least=1)
    judge_temperature: float = setting(0.7, "Sampling temperature of judges.", at_least=0, at_most=2)
    judge_max_tokens: int = setting(2048, "Tokens of one judgement at most.", at_least=1)

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.samples_drafts and self.temperature == 0:
            raise SparError(f"--temperature 0 makes all samples of {self.decoding} the same: more than 0 is expected")

    @property
    def samples_drafts(self) -> bool:
        """Whether several drafts are sampled from the same text."""
        return self.decoding not in ("greedy", "iterative")

    @property
    def refiner_temperature(self) -> float:
        return self.temperature if self.temperature is not None else 0.7 if self.samples_drafts else 0.0

    @property
    def guided(self) -> bool:
        """Whether a guide decides while decoding."""
        return self.decoding != "greedy"

    @property
    def search(self) -> SearchConfig:
        """A tie of the guide is final: the judges of the result use further samples of the same request."""
        return SearchConfig(
            self.decoding, self.branch, self.samples, self.beam, self.depth, nodes=self.nodes, rounds=1,
            last_text=not self.samples_drafts,
        )  # fmt: skip
