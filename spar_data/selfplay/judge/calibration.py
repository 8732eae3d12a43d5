"""Compares the verdicts of a judge with those of the checkers, wherever a program can tell."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from spar_data.constraints import check
from spar_data.core.files import JsonValue
from spar_data.core.intervals import wilson
from spar_data.selfplay.judge.checkers import Constraints, wholly_checkable
from spar_data.selfplay.judge.votes import VoteRule, model_verdict
from spar_data.selfplay.records import Node, Sample

_SIDES = ("Yes", "No")


@dataclass(frozen=True)
class Calibration:
    """The agreement of a judge with the checkers.

    counts    texts by (verdict of the judge, verdict of the checkers), if the checkers decide.
    by_type   responses that break exactly one constraint, by its type: (judged No, judged, all).
    whole     only prompts that a program can check wholly are counted; on others it could say No but never Yes.
    """

    judge: str = ""
    counts: Counter[tuple[str, str]] = field(default_factory=Counter)
    by_type: dict[str, tuple[int, int, int]] = field(default_factory=dict)
    whole: bool = True

    def add(self, verdict: str, exact: str) -> None:
        """Counts one text if the judge gave a verdict and the checkers decided."""
        if verdict and exact in _SIDES:
            self.counts[verdict, exact] += 1

    @property
    def known(self) -> int:
        """Texts on which the checkers decided."""
        return self.counts.total()

    @property
    def decided(self) -> int:
        """Texts on which the judge decided too."""
        return sum(self.counts[verdict, exact] for verdict in _SIDES for exact in _SIDES)

    @property
    def agreed(self) -> int:
        return sum(self.counts[side, side] for side in _SIDES)

    @property
    def accuracy(self) -> float | None:
        """The share of agreement among the texts that the judge decided."""
        return self.agreed / self.decided if self.decided else None

    @property
    def accuracy_of_all(self) -> float | None:
        """The share of agreement with ties and missing verdicts as mistakes."""
        return self.agreed / self.known if self.known else None

    @property
    def f1(self) -> float | None:
        """F1 of Yes over what the judge decided; None if nobody says Yes."""
        hits = self.counts["Yes", "Yes"]
        both = 2 * hits + self.counts["Yes", "No"] + self.counts["No", "Yes"]
        return 2 * hits / both if both else None

    @property
    def kappa(self) -> float | None:
        """Cohen's kappa over what the judge decided; None if there is only one answer to agree on."""
        n = self.decided
        judge = [self.counts[side, "Yes"] + self.counts[side, "No"] for side in _SIDES]
        checkers = [self.counts["Yes", side] + self.counts["No", side] for side in _SIDES]
        chance = sum(a * b for a, b in zip(judge, checkers, strict=True))
        return (n * self.agreed - chance) / (n * n - chance) if n * n > chance else None

    def line(self) -> str:
        """The agreement as a sentence, without the types."""
        agreement = wilson("agreement with the checkers", self.agreed, self.decided)
        return f"{agreement}, responses on which both decide; {self.known - self.decided:,} ties and unparsed left out"

    def to_dict(self) -> dict[str, JsonValue]:
        return {
            "judge": self.judge,
            "prompts checked wholly only": self.whole,
            "texts": self.known,
            "decided": self.decided,
            "accuracy": self.accuracy,
            "accuracy with undecided as wrong": self.accuracy_of_all,
            "f1 of Yes": self.f1,
            "kappa": self.kappa,
            "counts": {f"judge {one}, checkers {other}": n for (one, other), n in sorted(self.counts.items())},
            "one broken constraint, found by type": {
                name: {"found": hits, "decided": decided, "all": total}
                for name, (hits, decided, total) in sorted(self.by_type.items())
            },
        }


def calibrate(
    samples: Sequence[Sample],
    nodes: Sequence[Node] = (),
    constraints: Mapping[str, Constraints] | None = None,
    rule: VoteRule | None = None,
) -> Calibration:
    """Compares verdicts on every response, and on every refined text of trees, that a model judged and the checkers decide.

    constraints: by prompt id. With them only prompts that can be checked wholly count, and responses that break one
    constraint are counted by its type. rule: how the model's votes are counted again, without a vote of the checkers; None
    takes the verdict of each row as it stands.
    """
    judges = sorted({sample.judge.partition("@")[0] for sample in samples if sample.judge})  # no addresses of servers
    calibration = Calibration(" + ".join(judges), whole=bool(constraints))
    texts = [(sample.prompt_id, sample.response, sample.votes) for sample in samples if not sample.problem]
    texts += [(node.prompt_id, node.text, node.votes) for node in nodes if node.node and not node.problem]
    for prompt_id, text, votes in texts:
        if not votes.words or votes.exact not in _SIDES:  # without a reply the checkers themselves were the judge
            continue
        verdict = model_verdict(votes, rule) if rule else votes.verdict
        of_prompt = constraints.get(prompt_id, ()) if constraints else ()
        if not of_prompt or wholly_checkable(of_prompt):
            calibration.add(verdict, votes.exact)
        if votes.exact == "No" and (kind := _only_broken_type(text, of_prompt)):
            hits, decided, total = calibration.by_type.get(kind, (0, 0, 0))
            calibration.by_type[kind] = (hits + (verdict == "No"), decided + (verdict in _SIDES), total + 1)
    return calibration


def _only_broken_type(text: str, constraints: Constraints) -> str:
    """The type (group.type) of the only broken constraint; "" if none or several are broken."""
    broken = [verdict.constraint.leaf for verdict in check(text, constraints).verdicts if verdict.passed is False]
    return ".".join(broken[0].split(".")[:2]) if len(broken) == 1 else ""
