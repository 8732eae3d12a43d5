"""The settings of FollowBench."""

from __future__ import annotations

from dataclasses import dataclass

from spar_data.core.config import setting
from spar_eval.config import ResponseConfig

CATEGORIES = ("content", "situation", "style", "format", "example", "mixed")


@dataclass(frozen=True)
class FollowBenchConfig(ResponseConfig):
    """How the model responds, which prompts are scored, and how they are judged."""

    votes: int = setting(
        1,
        "Judgements of a response; the majority counts, for each constraint. A single one is greedy, several are sampled.",
        at_least=1,
    )
    judge_max_tokens: int = setting(1024, "Tokens of one judgement at most, its thinking included.", at_least=1)
    categories: tuple[str, ...] = setting(
        (), "Score this category only; can be repeated.", choices=CATEGORIES, flag="--category"
    )
    rules_only: bool = setting(False, "Score only the groups that need no judge.")
    checker: str = setting(
        "official", "The rules of FollowBench's repository as they are, or fixed.", choices=("official", "fixed")
    )
