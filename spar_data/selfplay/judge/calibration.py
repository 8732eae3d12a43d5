"""How far a judge can be trusted: its verdicts beside those of the checkers, wherever a program can tell."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from spar_data.constraints import check
from spar_data.core.intervals import wilson
from spar_data.selfplay.judge.checkers import Constraints, wholly
from spar_data.selfplay.judge.votes import VoteRule, model_verdict
from spar_data.selfplay.records import Node, Sample

_SIDES = ("Yes", "No")


@dataclass(frozen=True)
class Calibration:
    """counts: (judge, checkers) to number, for texts on which the checkers decide. by_type: of the responses that break
    exactly one constraint, its type to (judged No, judged, all). whole: only prompts that a program can check wholly are
    counted; of the others it could tell a No but never a Yes."""

    judge: str = ""
    counts: Counter[tuple[str, str]] = field(default_factory=Counter)
    by_type: dict[str, tuple[int, int, int]] = field(default_factory=dict)
    whole: bool = True

    def add(self, said: str, truth: str) -> None:
        """One text: what the judge said, "" for nothing, and what the checkers say; where these decide nothing it is left out."""
        if said and truth in _SIDES:
            self.counts[said, truth] += 1

    @property
    def known(self) -> int:
        return self.counts.total()

    @property
    def decided(self) -> int:
        return sum(self.counts[said, truth] for said in _SIDES for truth in _SIDES)

    @property
    def agreed(self) -> int:
        return sum(self.counts[word, word] for word in _SIDES)

    @property
    def accuracy(self) -> float | None:
        """Of the texts on which the judge decided."""
        return self.agreed / self.decided if self.decided else None

    @property
    def accuracy_of_all(self) -> float | None:
        """With a tie, or no verdict, as a mistake."""
        return self.agreed / self.known if self.known else None

    @property
    def f1(self) -> float | None:
        """Of Yes, over what the judge decided; None where Yes is neither true nor said."""
        hit = self.counts["Yes", "Yes"]
        both = 2 * hit + self.counts["Yes", "No"] + self.counts["No", "Yes"]
        return 2 * hit / both if both else None

    @property
    def kappa(self) -> float | None:
        """Cohen's, over what the judge decided; None where only one answer is there to agree on."""
        n = self.decided
        said = [self.counts[word, "Yes"] + self.counts[word, "No"] for word in _SIDES]
        true = [self.counts["Yes", word] + self.counts["No", word] for word in _SIDES]
        chance = sum(a * b for a, b in zip(said, true, strict=True))
        return (n * self.agreed - chance) / (n * n - chance) if n * n > chance else None

    def line(self) -> str:
        """For people, without the types."""
        agreement = wilson("agreement with the checkers", self.agreed, self.decided)
        return f"{agreement}, responses on which both decide; {self.known - self.decided:,} ties and unparsed left out"

    def to_dict(self) -> dict[str, Any]:
        return {
            "judge": self.judge,
            "prompts checked wholly only": self.whole,
            "texts": self.known,
            "decided": self.decided,
            "accuracy": self.accuracy,
            "accuracy with undecided as wrong": self.accuracy_of_all,
            "f1 of Yes": self.f1,
            "kappa": self.kappa,
            "counts": {f"judge {said}, checkers {true}": n for (said, true), n in sorted(self.counts.items())},
            "one broken constraint, found by type": {
                name: {"found": found, "decided": decided, "all": total}
                for name, (found, decided, total) in sorted(self.by_type.items())
            },
        }


def calibrate(
    samples: Sequence[Sample],
    nodes: Sequence[Node] = (),
    constraints: Mapping[str, Constraints] | None = None,
    rule: VoteRule | None = None,
) -> Calibration:
    """Of every response, and of every refined text of trees, that a model judged and the checkers call Yes or No.

    constraints: by prompt id; with them only prompts that can be checked wholly count, and responses that break one
    constraint only are counted by its type. rule: how the model's votes are counted again, without a vote of the checkers; None
    takes the verdict of each row as it stands.
    """
    judges = sorted({s.judge.partition("@")[0] for s in samples if s.judge})  # no addresses of servers
    found = Calibration(" + ".join(judges), whole=bool(constraints))
    items = [(s.prompt_id, s.response, s.votes) for s in samples if not s.problem]
    items += [(n.prompt_id, n.text, n.votes) for n in nodes if n.node and not n.problem]
    for prompt_id, text, cast in items:
        said = model_verdict(cast, rule) if rule else cast.verdict
        if not cast.words or cast.exact not in _SIDES:  # without a reply the checkers themselves were the judge
            continue
        wanted = constraints.get(prompt_id, ()) if constraints else ()
        if not constraints or not wanted or wholly(wanted):
            found.add(said, cast.exact)
        if cast.exact == "No" and (kind := broken(text, wanted)):
            hit, decided, total = found.by_type.get(kind, (0, 0, 0))
            found.by_type[kind] = (hit + (said == "No"), decided + (said in _SIDES), total + 1)
    return found


def broken(text: str, wanted: Constraints) -> str:
    """The type (group.type) of the only constraint that a checker finds broken, "" if there are none or several."""
    failing = [each.constraint.leaf for each in check(text, wanted).verdicts if each.passed is False]
    return ".".join(failing[0].split(".")[:2]) if len(failing) == 1 else ""
