"""Right samples to train on, as in ReST-EM (arXiv 2312.06585): many samples, the right ones, at most ten a problem."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from spar_data.core.ids import rng, row_id
from spar_data.selfplay.gold.attempts import Attempt, distinct
from spar_data.selfplay.gold.problems import Problem
from spar_data.selfplay.records import Dialogue, Message

RECIPE = "rest-em"


def dialogues_of(
    problem: Problem, some: Sequence[Attempt], most: int, seed: int, counts: Counter[str]
) -> list[Dialogue]:
    """Right replies, each once, at most `most` of them, drawn by seed, in sample order."""
    right = distinct(some, "right")
    counts["right samples that repeat another"] += sum(a.verdict == "right" for a in some) - len(right)
    counts["right samples over the most of a problem"] += max(0, len(right) - most)
    counts["problems with rows" if right else "problems without a right sample"] += 1
    if len(right) > most:
        kept = rng(seed, RECIPE, problem.id).sample(range(len(right)), most)
        right = [right[i] for i in sorted(kept)]
    return [dialogue(RECIPE, problem, a.text, [f"{problem.id}:{a.sample}"]) for a in right]


def dialogue(recipe: str, problem: Problem, text: str, source: list[str]) -> Dialogue:
    """The problem's own prompt and a reply to it."""
    messages = [Message("user", problem.prompt), Message("assistant", text)]
    identifier = row_id(*(part for m in messages for part in (m.role, m.content)))
    return Dialogue(identifier, "actor", recipe, problem.id, messages, "", source)
