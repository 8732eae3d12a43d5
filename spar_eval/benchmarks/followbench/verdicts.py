"""The verdict on a response."""

from __future__ import annotations

import math
from dataclasses import dataclass

from spar_eval.benchmarks.followbench.data import LeveledPrompt
from spar_eval.responses import ResponseSample


@dataclass(frozen=True)
class ResponseVerdict:
    """The verdict on one response.

    satisfied: by constraint, or a single value for all of them where a rule does not tell them apart; None is undecided.
    by: rule or judge. whole: the verdict counts as one, 0 or 1, for SSR too. judgements: the judge's replies.
    """

    prompt: LeveledPrompt
    sample: int
    response: ResponseSample
    satisfied: tuple[bool | None, ...]
    reasons: tuple[str, ...]
    by: str
    whole: bool = False
    judgements: tuple[str, ...] = ()

    def hard(self, leave_out: bool = False) -> float:
        """1 if all constraints are satisfied, else 0. An undecided constraint is not satisfied; with leave_out, a response
        that only undecided ones could fail is NaN."""
        if False in self.satisfied or not leave_out:
            return float(all(self.satisfied))
        return math.nan if None in self.satisfied else 1.0

    def soft(self, leave_out: bool = False) -> float:
        """Share of constraints that are satisfied; with leave_out, of the decided ones."""
        if self.whole:
            return self.hard(leave_out)
        counted = [met for met in self.satisfied if met is not None] if leave_out else list(self.satisfied)
        return sum(map(bool, counted)) / len(counted) if counted else math.nan
