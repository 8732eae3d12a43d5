"""What became of every prompt and every response on the way to the negatives, in exact counts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from spar_data.selfplay.judge.calibration import Calibration
from spar_data.selfplay.judge.votes import VoteRule, model_verdict
from spar_data.selfplay.records import Sample

VERDICTS = ("Yes", "No", "tie", "unparsed", "failed", "unknown")
OUTCOMES = ("chosen", "all Yes", "undecided", "no response")


@dataclass
class Funnel:
    """rule: how the judge's votes are counted. outcomes: prompts by outcome: chosen (a response fails), all Yes (some pass,
    none fails), undecided (no verdict Yes or No on any), no response. problems: unusable responses by cause. verdicts: judged
    responses by verdict."""

    rule: VoteRule = VoteRule()
    outcomes: Counter[str] = field(default_factory=Counter)
    problems: Counter[str] = field(default_factory=Counter)
    verdicts: Counter[str] = field(default_factory=Counter)
    resampled: int = 0
    negatives: int = 0
    calibration: Calibration = field(default_factory=Calibration)

    def add(self, samples: Sequence[Sample], chosen: int, checkable: bool) -> None:
        """Counts the responses to one prompt. checkable: a program can check the whole prompt; only then the checkers can say
        Yes as well as No, and the judge is compared to them."""
        kinds = set()
        for sample in samples:
            if sample.problem:
                self.problems[sample.problem.partition(":")[0]] += 1
                continue
            kinds.add(sample.votes.verdict)
            self.verdicts[sample.votes.verdict] += 1
            self.resampled += len(sample.votes.words) > self.rule.votes
            if checkable:
                self.calibration.add(model_verdict(sample.votes, self.rule), sample.votes.exact)
        outcome = "no response" if not kinds else "undecided"
        self.outcomes["chosen" if "No" in kinds else "all Yes" if "Yes" in kinds else outcome] += 1
        self.negatives += chosen

    def to_dict(self) -> dict[str, Any]:
        judged = self.verdicts.total()
        return {
            "prompts": self.outcomes.total(),
            "outcomes": {name: self.outcomes[name] for name in OUTCOMES},
            "samples": judged + self.problems.total(),
            "no_response": dict(sorted(self.problems.items())),
            "judged": judged,
            "verdicts": {name: self.verdicts[name] for name in VERDICTS},
            "resampled": self.resampled,
            "negatives": self.negatives,
        }

    def lines(self) -> list[str]:
        """The funnel for people."""
        outcomes, verdicts = self.outcomes, self.verdicts
        samples = verdicts.total() + self.problems.total()
        said = [f"{verdicts[name]:,} {name}" for name in VERDICTS if verdicts[name]]
        lines = [f"prompts      {outcomes.total():>9,}", f"responses    {samples:>9,}"]
        lines += [f"  none       {count:>9,}  {cause}" for cause, count in self.problems.most_common()]
        lines += [f"judged       {verdicts.total():>9,}  {', '.join(said)}; {self.resampled:,} ties resampled"]
        if self.calibration.known:
            lines.append(f"  {self.calibration.line()}")
        lines += [f"prompts by outcome: {', '.join(f'{outcomes[name]:,} {name}' for name in OUTCOMES)}"]
        lines += [f"negatives    {self.negatives:>9,}"]
        if not self.negatives:
            lines.append(self._why())
        return lines

    def _why(self) -> str:
        if not self.verdicts.total():
            return "No negatives: there is no usable response. The causes stand above."
        if not self.verdicts["Yes"] and not self.verdicts["tie"]:
            if self.verdicts["unknown"]:
                return "No negatives: no program can check every constraint of these prompts. A model can judge them."
            return "No negatives: no reply of the judge holds a verdict in the form asked for. Another judge is needed."
        return "No negatives: no response fails. Harder prompts, more --samples or another judge may find some."
