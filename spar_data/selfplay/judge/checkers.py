"""`rules` as a judge: the checkers of a prompt's own constraints, instead of a model's opinion of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from spar_data.constraints import check
from spar_data.core.records import Constraint

Constraints = Sequence[Constraint]


class Exact(NamedTuple):
    """verdict: No if a checker fails, Yes if all pass and leave nothing unchecked, else unknown. judgement: the reasons,
    in the form that judges are asked for."""

    verdict: str
    judgement: str


def judge_exactly(response: str, constraints: Sequence[Constraint]) -> Exact:
    """Runs the checkers of the constraints."""
    result = check(response, constraints)
    verdict = {True: "Yes", False: "No", None: "unknown"}[result.passed]
    steps = "\n".join(f"- {each.constraint.text}: {each.reason}" for each in result.verdicts)
    return Exact(
        verdict,
        f"Step-by-step verification:\n{steps}\n"
        f"Final Judgement (if the Output accurately follows the Prompt): {verdict}",
    )


def wholly(constraints: Sequence[Constraint]) -> bool:
    """Whether a program can check every one of the constraints wholly: only then can it say Yes."""
    return bool(constraints) and all(each.checker and each.covers == "whole" for each in constraints)


def checkable(constraints: Sequence[Constraint]) -> bool:
    """Whether a program can check any of the constraints, and so say No, or mend a response by it."""
    return any(each.checker for each in constraints)
