"""Samples of a problem against its gold answer, and what a model's accuracy is by them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from spar_data.models import Answer, Completion, Unparsed
from spar_data.selfplay.gold.answers import Answer as Answered
from spar_data.selfplay.gold.answers import text_of
from spar_data.selfplay.gold.problems import Problem


@dataclass(frozen=True)
class Attempt:
    """One sample. verdict: right, wrong, no answer (none could be read in the reply), or failed (there is no reply).
    detail: the answer it gave, or the reason why there is none."""

    sample: int
    text: str
    verdict: str
    detail: str
    answer: Answered | None = None


def attempts(problem: Problem, answers: Sequence[Answer]) -> list[Attempt]:
    """In sample order."""
    found = []
    for i, answer in enumerate(answers):
        if not isinstance(answer, Completion):
            found.append(Attempt(i, "", "failed", answer.cause))
            continue
        text = answer.text.strip()
        said = problem.gold.answer(text)
        if isinstance(said, Unparsed):
            found.append(Attempt(i, text, "no answer", said.reason))
        else:
            found.append(Attempt(i, text, "right" if problem.gold.right(said) else "wrong", text_of(said), said))
    return found


def distinct(some: Sequence[Attempt], *verdicts: str) -> list[Attempt]:
    """Those with one of the verdicts, each text once (white space aside), in sample order."""
    kept: dict[str, Attempt] = {}
    for attempt in some:
        if attempt.verdict in verdicts:
            kept.setdefault(" ".join(attempt.text.split()), attempt)
    return list(kept.values())


@dataclass
class Accuracy:
    """Sums over problems, from which every rate follows.

    problems    with at least one reply; unsolved: of these, how many have no right reply.
    verdicts    of all samples; reasons: of those without an answer, and causes of those that failed.
    right_share the sum over all problems of right samples / samples.
    majority    problems whose most frequent answer is right and has no equal; tied: problems with several most frequent
                answers; tied_right: the sum over these of the chance that one drawn among them is right.
    """

    total: int = 0
    problems: int = 0
    unsolved: int = 0
    verdicts: Counter[str] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)
    right_share: float = 0.0
    answered_share: float = 0.0
    answered: int = 0
    majority: int = 0
    tied: int = 0
    tied_right: float = 0.0

    def add(self, problem: Problem, some: Sequence[Attempt]) -> None:
        counts = Counter(a.verdict for a in some)
        self.total += 1
        self.verdicts += counts
        self.reasons.update(f"{a.verdict}: {a.detail}" for a in some if a.answer is None)
        self.right_share += counts["right"] / len(some)
        self.problems += counts["failed"] < len(some)
        self.unsolved += not counts["right"] and counts["failed"] < len(some)
        votes = Counter(a.answer for a in some if a.answer is not None)
        if not votes:
            return
        self.answered += 1
        self.answered_share += counts["right"] / votes.total()
        top = [answer for answer, n in votes.items() if n == max(votes.values())]
        if len(top) > 1:
            self.tied += 1
            self.tied_right += sum(map(problem.gold.right, top)) / len(top)
        else:
            self.majority += problem.gold.right(top[0])

    def to_dict(self, samples: int) -> dict[str, Any]:
        """Rates over all problems; a sample that failed or holds no answer is not right, and a tie is not either. Beside
        each: the rate under the other rule."""
        return {
            "problems": self.total,
            "samples": samples,
            "verdicts": {name: self.verdicts[name] for name in ("right", "wrong", "no answer", "failed")},
            "reasons": dict(self.reasons.most_common()),
            "pass@1": _rate(self.right_share, self.total),
            "pass@1 of samples with an answer": _rate(self.answered_share, self.answered),
            f"maj@{samples}": _rate(self.majority, self.total),
            f"maj@{samples} with ties drawn": _rate(self.majority + self.tied_right, self.total),
            "tied problems": self.tied,
            f"pass@{samples}": _rate(self.problems - self.unsolved, self.total),
        }


def _rate(right: float, of: int) -> float | None:
    return right / of if of else None
