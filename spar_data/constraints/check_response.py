"""Checks a response against the constraints of its prompt."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from spar_data.constraints.run import run_checker
from spar_data.core.records import Constraint, decode_constraints

if TYPE_CHECKING:
    import polars as pl


@dataclass(frozen=True)
class ConstraintVerdict:
    """What the checker of a constraint says. passed: None where no program can tell."""

    constraint: Constraint
    passed: bool | None
    reason: str


@dataclass(frozen=True, repr=False)
class CheckResult:
    """The verdicts on a response, one for each constraint."""

    verdicts: tuple[ConstraintVerdict, ...]

    @property
    def passed(self) -> bool | None:
        """False if a checker fails, True if checkers that cover all constraints wholly pass, None if that is not decided."""
        if any(verdict.passed is False for verdict in self.verdicts):
            return False
        decided = all(verdict.passed and verdict.constraint.covers == "whole" for verdict in self.verdicts)
        return True if self.verdicts and decided else None

    def __repr__(self) -> str:
        words = {True: "passed", False: "failed", None: "unknown"}
        lines = [f"{words[verdict.passed]}: {verdict.constraint.text} ({verdict.reason})" for verdict in self.verdicts]
        return "\n  ".join([f"CheckResult(passed={self.passed})", *lines])

    def to_polars(self) -> pl.DataFrame:
        """One row per constraint: leaf, text, checker, passed (null = no program can tell), reason."""
        import polars as pl

        schema = {**dict.fromkeys(("leaf", "text", "checker"), pl.String), "passed": pl.Boolean, "reason": pl.String}
        rows = [(v.constraint.leaf, v.constraint.text, v.constraint.checker, v.passed, v.reason) for v in self.verdicts]
        return pl.DataFrame(rows, schema, orient="row")


def check(response: str, constraints: Iterable[Constraint | Mapping[str, object]]) -> CheckResult:
    """Runs the checkers of the constraints on a response.

    constraints: those of a `Prompt`, or rows of a release (objects with text, checker, covers and params). A response
    without any character but white space fails every checker. Raises SparError for a malformed constraint, an unknown
    checker and wrong parameters.

    >>> from spar_data import Constraint, check
    >>> say_bee = Constraint("content.keyword.include", "say bee", "keyword.include", "whole", {"words": ["bee"]})
    >>> be_brief = Constraint("format.length.words", "be brief", "length.words", "whole", {"relation": "at most", "n": 5})
    >>> check("One small wasp.", [say_bee, be_brief])
    CheckResult(passed=False)
      failed: say bee (without 'bee')
      passed: be brief (3 words, at most 5 asked)
    >>> check("One small bee.", [say_bee, be_brief]).passed
    True
    """
    decoded = decode_constraints(tuple(constraints), "check")
    return CheckResult(tuple(_verdict(response, constraint) for constraint in decoded))


def _verdict(response: str, constraint: Constraint) -> ConstraintVerdict:
    if not constraint.checker:
        return ConstraintVerdict(constraint, None, "no program can tell")
    verdict = run_checker(constraint.checker, response, constraint.params)
    return ConstraintVerdict(constraint, verdict.passed, verdict.reason)
