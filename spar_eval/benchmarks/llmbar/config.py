"""The settings of LLMBar."""

from __future__ import annotations

from dataclasses import dataclass

from spar_data.core.config import Config, setting


@dataclass(frozen=True)
class LlmbarConfig(Config):
    """How the judge is asked. The defaults are the SPaR paper's: five votes at temperature 0.7, the majority counts."""

    mode: str = setting(
        "both",
        "Judge each output alone, as in SPaR, or both side by side, in both orders.",
        choices=("pointwise", "pairwise", "both"),
    )
    votes: int = setting(5, "Votes of a judgement; the majority counts.", at_least=1)
    temperature: float = setting(0.7, "Sampling temperature of the judge.", at_least=0, at_most=2)
    max_tokens: int = setting(2048, "Tokens of one judgement at most.", at_least=1)
    subsets: tuple[str, ...] = setting(
        (),
        "Natural, GPTInst, GPTOut, Manual or Neighbor; can be repeated.",
        flag="--subset",
        metavar="NAME",
        shown="all five",
    )

    @property
    def pointwise(self) -> bool:
        return self.mode != "pairwise"

    @property
    def pairwise(self) -> bool:
        return self.mode != "pointwise"
