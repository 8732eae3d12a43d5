"""Gates: reasons to drop a teacher's reply. A gate returns None, or a GateDrop with a reason that is counted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from spar_data.constraints import check
from spar_data.core.records import Constraint
from spar_data.models import Answer, Completion, Unparsed
from spar_data.selfplay.judge.judges import Question
from spar_data.selfplay.refine.similarity import similarity
from spar_data.sft.config import SftConfig
from spar_data.sft.languages import wrong_language
from spar_data.sft.refusals import is_refusal

REASONS = (
    "truncated", "empty", "failed", "not asked", "unparsed", "refusal", "wrong language", "contradicts the checkers",
    "fails the checkers", "unchanged", "changed too much", "duplicate", "passes", "no judgement", "no repair",
)  # fmt: skip
_CAUSES = {"length": "truncated", "not stored": "not asked", "budget": "not asked"} | {
    cause: cause for cause in ("empty", "no judgement", "no repair")
}


class GateDrop(NamedTuple):
    """The reason why a reply is dropped, one of REASONS, and a detail for people."""

    reason: str
    detail: str = ""


def reply_text(answer: Answer) -> str:
    return answer.text if isinstance(answer, Completion) else ""


def check_answer(answer: Answer) -> GateDrop | None:
    """Drops what is no reply, or an empty one."""
    if isinstance(answer, Completion):
        return None if answer.text.strip() else GateDrop("empty")
    return GateDrop(_CAUSES.get(answer.cause, "failed"), str(answer))


def check_response(prompt: str, text: str, constraints: Sequence[Constraint], config: SftConfig) -> GateDrop | None:
    """Checks a text that follows a prompt: a response of the teacher, or a refined one."""
    if is_refusal(text):
        return GateDrop("refusal", text.strip()[:80])
    if language := wrong_language(prompt, text, constraints):
        return GateDrop("wrong language", language)
    if config.keep_failing:
        return None
    failing = [verdict.constraint.text for verdict in check(text, constraints).verdicts if verdict.passed is False]
    return GateDrop("fails the checkers", "; ".join(failing)) if failing else None


def check_judgement(question: Question, text: str, verdict: bool) -> GateDrop | None:
    """Checks a judgement with a verdict.

    The checkers contradict a Yes if one of them fails, and a No if they check every constraint and all pass. Judgements may
    be in English, the language of their template.
    """
    if is_refusal(text):
        return GateDrop("refusal", text.strip()[:80])
    if language := wrong_language(question.prompt, text, (), ("en",)):
        return GateDrop("wrong language", language)
    word, opposite = ("Yes", "No") if verdict else ("No", "Yes")
    if question.exact and question.exact.verdict == opposite:
        return GateDrop("contradicts the checkers", f"judged {word}, the checkers say {opposite}")
    return None


def unparsed(prompt: str, reply: str, problem: Unparsed) -> GateDrop:
    """The drop of a reply without a verdict or a text: a refusal has none either, and that says more."""
    return GateDrop("refusal", reply.strip()[:80]) if is_refusal(reply) else GateDrop("unparsed", problem.reason)


def check_change(before: str, after: str, config: SftConfig) -> tuple[GateDrop | None, float]:
    """Checks how much a refinement changes; returns its similarity to the refined response too."""
    before, after = before.strip(), after.strip()
    alike = similarity(before, after)
    if after == before:
        return GateDrop("unchanged"), alike
    if alike < config.least_similarity:
        detail = f"similarity {alike:.2f}, at least {config.least_similarity} is expected"
        return GateDrop("changed too much", detail), alike
    return None, alike
