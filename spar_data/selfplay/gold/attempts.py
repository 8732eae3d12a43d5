"""Replies to a problem compared with its gold answer, and the accuracy of a model over many problems."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from spar_data.core.files import JsonValue
from spar_data.models import Answer, Completion, Unparsed
from spar_data.selfplay.gold.answers import GoldAnswer, answer_text
from spar_data.selfplay.gold.problems import Problem


@dataclass(frozen=True)
class Attempt:
    """One sample.

    verdict   right, wrong, no answer (the reply names none that can be read), or failed (there is no reply).
    detail    the answer as text, or the reason why there is none.
    """

    sample: int
    text: str
    verdict: str
    detail: str
    answer: GoldAnswer | None = None


def attempts(problem: Problem, answers: Sequence[Answer]) -> list[Attempt]:
    """The samples of a problem, in order."""
    graded = []
    for sample, answer in enumerate(answers):
        if not isinstance(answer, Completion):
            graded.append(Attempt(sample, "", "failed", answer.cause))
            continue
        text = answer.text.strip()
        named = problem.gold.read(text)
        if isinstance(named, Unparsed):
            graded.append(Attempt(sample, text, "no answer", named.reason))
        else:
            verdict = "right" if named == problem.gold.answer else "wrong"
            graded.append(Attempt(sample, text, verdict, answer_text(named), named))
    return graded


@dataclass
class Accuracy:
    """Sums over problems, from which every rate follows.

    total           problems.
    with_reply      problems with at least one reply; unsolved: those of them without a right reply.
    verdicts        of all samples; reasons: of those without an answer, failures among them.
    right_share     sum over all problems of right samples / samples.
    answered        problems with at least one answer; answered_share: sum over these of right samples / answers.
    majority        problems whose most frequent answer is right and has no equal.
    tied            problems with several most frequent answers; tied_right: sum over these of the chance that one drawn
                    among them is right.
    """

    total: int = 0
    with_reply: int = 0
    unsolved: int = 0
    verdicts: Counter[str] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)
    right_share: float = 0.0
    answered_share: float = 0.0
    answered: int = 0
    majority: int = 0
    tied: int = 0
    tied_right: float = 0.0

    def add(self, problem: Problem, samples: Sequence[Attempt]) -> None:
        counts = Counter(attempt.verdict for attempt in samples)
        self.total += 1
        self.verdicts += counts
        self.reasons.update(f"{a.verdict}: {a.detail}" for a in samples if a.answer is None)
        self.right_share += counts["right"] / len(samples)
        self.with_reply += counts["failed"] < len(samples)
        self.unsolved += not counts["right"] and counts["failed"] < len(samples)
        votes = Counter(a.answer for a in samples if a.answer is not None)
        if not votes:
            return
        self.answered += 1
        self.answered_share += counts["right"] / votes.total()
        most_frequent = [answer for answer, n in votes.items() if n == max(votes.values())]
        if len(most_frequent) > 1:
            self.tied += 1
            self.tied_right += (problem.gold.answer in most_frequent) / len(most_frequent)
        else:
            self.majority += most_frequent[0] == problem.gold.answer

    def to_dict(self, samples: int) -> dict[str, JsonValue]:
        """Counts, and rates over all problems, each followed by the rate under a milder rule; None without problems.

        A sample that failed or holds no answer is not right, and neither is a tie. samples: for each problem.
        """
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
            f"pass@{samples}": _rate(self.with_reply - self.unsolved, self.total),
        }

    def rates(self, samples: int) -> dict[str, float]:
        """The rates of `to_dict` that are defined."""
        return {name: value for name, value in self.to_dict(samples).items() if isinstance(value, float)}


def _rate(right: float, of: int) -> float | None:
    return right / of if of else None
