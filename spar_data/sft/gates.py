"""Why a teacher's reply is no row to train on. Every gate says nothing, or a reason that is counted and a detail."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from spar_data.constraints import check
from spar_data.core.records import Constraint
from spar_data.models import Answer, Completion
from spar_data.selfplay.judge.checkers import judge_exactly
from spar_data.selfplay.refine.similarity import similarity
from spar_data.sft.languages import wrong_language
from spar_data.sft.refusals import is_refusal

REASONS = (
    "truncated", "empty", "failed", "not asked", "unparsed", "refusal", "wrong language", "contradicts the checkers",
    "fails the checkers", "unchanged", "changed too much", "duplicate", "passes", "no judgement", "no repair",
)  # fmt: skip


class Drop(NamedTuple):
    """reason: one of REASONS; detail: more, for people."""

    reason: str
    detail: str = ""


@dataclass(frozen=True)
class GateConfig:
    """least_similarity  of a refinement to the response that it refines (similarity of characters, 0 to 1).
    keep_failing         keep responses and refinements that fail a checker of their prompt's constraints.
    """

    least_similarity: float = 0.3
    keep_failing: bool = False


def answered(answer: Answer) -> Drop | None:
    """Whether there is a reply at all."""
    if isinstance(answer, Completion):
        return None if answer.text.strip() else Drop("empty")
    known = {"length": "truncated", "empty": "empty", "not stored": "not asked", "budget": "not asked",
             "no judgement": "no judgement", "no repair": "no repair"}  # fmt: skip
    return Drop(known.get(answer.cause, "failed"), str(answer))


def response(prompt: str, text: str, wanted: Sequence[Constraint], config: GateConfig) -> Drop | None:
    """Of a text that follows a prompt: a response of the teacher, or a refined one."""
    if is_refusal(text):
        return Drop("refusal", text.strip()[:80])
    wrong = wrong_language(prompt, text, wanted)
    if wrong:
        return Drop("wrong language", wrong)
    if not config.keep_failing and (why := failing(text, wanted)):
        return Drop("fails the checkers", why)
    return None


def judgement(prompt: str, judged: str, text: str, verdict: bool, wanted: Sequence[Constraint]) -> Drop | None:
    """Of a judgement that parses. The checkers contradict a Yes if one of them fails, a No if they check everything and all
    pass. Judgements may be in English, the language of their template."""
    if is_refusal(text):
        return Drop("refusal", text.strip()[:80])
    if wrong := wrong_language(prompt, text, (), ("en",)):
        return Drop("wrong language", wrong)
    exact = judge_exactly(judged, wanted) if wanted else None
    if exact and exact.verdict == ("No" if verdict else "Yes"):
        return Drop(
            "contradicts the checkers", f"judged {'Yes' if verdict else 'No'}, the checkers say {exact.verdict}"
        )
    return None


def change(before: str, after: str, config: GateConfig) -> tuple[Drop | None, float]:
    """Of a refinement, and its similarity to what it refines."""
    before, after = before.strip(), after.strip()
    found = similarity(before, after)
    if after == before:
        return Drop("unchanged"), found
    if found < config.least_similarity:
        return Drop(
            "changed too much", f"similarity {found:.2f}, at least {config.least_similarity} is expected"
        ), found
    return None, found


def failing(text: str, wanted: Sequence[Constraint]) -> str:
    """The constraints that a checker says are not satisfied, "" if there are none."""
    return "; ".join(each.constraint.text for each in check(text, wanted).verdicts if each.passed is False)
