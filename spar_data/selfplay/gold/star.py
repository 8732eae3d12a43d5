"""Rationales to train on, as in STaR (arXiv 2203.14465): one greedy rationale a problem; where that fails, one more with the
gold answer as a hint. The right ones are kept, always under the prompt without the hint.

The paper prompts with worked examples; this asks instruct models, without any. Train from the original base each round, on
this round's rows alone.
"""

from __future__ import annotations

import re
from collections import Counter

from spar_data.models import Answer, Message, Request, fill
from spar_data.selfplay.gold.attempts import Attempt, attempts
from spar_data.selfplay.gold.problems import Problem
from spar_data.selfplay.gold.rest_em import dialogue
from spar_data.selfplay.records import Dialogue

RECIPE = "star"
_HINT = """\
{prompt}

(Hint: the right answer is {answer}. Explain how to get there as if you had found it yourself, without mentioning the hint.)"""
_TELLS = re.compile(
    r"\b(?:hint|(?:given|provided|stated|known|supplied) (?:that )?(?:the )?(?:(?:right|correct|final) )?answer"
    r"|answer (?:is|was|we were|you) (?:given|provided|told|gave|stated))\b",
    re.IGNORECASE,
)


def direct(problem: Problem, max_tokens: int) -> Request:
    return Request((Message("user", problem.prompt),), 0.0, max_tokens)


def hinted(problem: Problem, max_tokens: int) -> Request:
    """The same with the answer; a choice's with its text."""
    return Request((Message("user", fill(_HINT, prompt=problem.prompt, answer=_told(problem))),), 0.0, max_tokens)


def wants_hint(attempt: Attempt) -> bool:
    """Wrong, no answer, cut off or empty; not a call that failed for another reason, which is asked again as it was."""
    return attempt.verdict in ("wrong", "no answer") or attempt.detail in ("length", "empty")


def kept(problem: Problem, first: Attempt, second: Answer | None, counts: Counter[str]) -> list[Dialogue]:
    """The row of a problem, if one of its two rationales is right. A rationale that speaks of the hint is dropped: the
    prompt that it is trained with holds none."""
    if first.verdict == "right":
        counts["right at once"] += 1
        return [dialogue(RECIPE, problem, first.text, ["direct"])]
    if second is None:
        counts["failed calls"] += 1
        return []
    [again] = attempts(problem, [second])
    if again.verdict != "right":
        detail = f" ({again.detail})" if again.answer is None else ""
        counts[f"{again.verdict} with the hint{detail}"] += 1
        return []
    if _TELLS.search(again.text):
        counts["right with the hint, but speaks of it"] += 1
        return []
    counts["right with the hint"] += 1
    return [dialogue(RECIPE, problem, again.text, ["hint"])]


def _told(problem: Problem) -> str:
    options = dict(getattr(problem.gold, "options", ()))
    answer = str(problem.gold)
    return f"{answer}) {options[answer]}" if answer in options else answer
