"""The checkers of a prompt's own constraints as a judge."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from spar_data.constraints import check
from spar_data.core.records import Constraint

Constraints = Sequence[Constraint]


class ExactVerdict(NamedTuple):
    """verdict: No if a checker fails, Yes if all pass and leave nothing unchecked, else unknown. judgement: the reasons, in
    the form that judges are asked for."""

    verdict: str
    judgement: str


def judge_by_checkers(response: str, constraints: Constraints) -> ExactVerdict:
    """Runs the checkers of the constraints on a response."""
    result = check(response, constraints)
    verdict = {True: "Yes", False: "No", None: "unknown"}[result.passed]
    steps = "\n".join(f"- {item.constraint.text}: {item.reason}" for item in result.verdicts)
    return ExactVerdict(
        verdict,
        f"Step-by-step verification:\n{steps}\n"
        f"Final Judgement (if the Output accurately follows the Prompt): {verdict}",
    )


def wholly_checkable(constraints: Constraints) -> bool:
    """Whether a program can check every constraint wholly. Only then can it say Yes."""
    return bool(constraints) and all(item.checker and item.covers == "whole" for item in constraints)


def partly_checkable(constraints: Constraints) -> bool:
    """Whether a program can check any constraint. Then it can say No, or mend a response."""
    return any(item.checker for item in constraints)
