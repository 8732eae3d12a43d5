"""Counts prompts and responses on the way to the negatives."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from spar_data.core.files import JsonValue
from spar_data.selfplay.judge.calibration import Calibration
from spar_data.selfplay.judge.votes import VoteRule, model_verdict
from spar_data.selfplay.records import Sample

VERDICTS = ("Yes", "No", "tie", "unparsed", "failed", "unknown")
OUTCOMES = ("chosen", "all Yes", "undecided", "no response")


@dataclass
class Funnel:
    """Exact counts of a run.

    rule       how the judge's votes are counted.
    outcomes   prompts: chosen (a response fails), all Yes (some pass, none fails), undecided (no verdict is Yes or No), or
               no response.
    problems   unusable responses by cause; verdicts: judged responses by verdict.
    """

    rule: VoteRule = VoteRule()
    outcomes: Counter[str] = field(default_factory=Counter)
    problems: Counter[str] = field(default_factory=Counter)
    verdicts: Counter[str] = field(default_factory=Counter)
    resampled: int = 0
    negatives: int = 0
    calibration: Calibration = field(default_factory=Calibration)

    def add(self, samples: Sequence[Sample], chosen: int, checkable: bool) -> None:
        """Counts the responses to one prompt. checkable: a program can check the whole prompt, so that the checkers can say
        Yes as well as No and the judge can be compared with them."""
        verdicts = set()
        for sample in samples:
            if sample.problem:
                self.problems[sample.problem.partition(":")[0]] += 1
                continue
            verdicts.add(sample.votes.verdict)
            self.verdicts[sample.votes.verdict] += 1
            self.resampled += len(sample.votes.words) > self.rule.votes
            if checkable:
                self.calibration.add(model_verdict(sample.votes, self.rule), sample.votes.exact)
        outcome = "no response" if not verdicts else "undecided"
        self.outcomes["chosen" if "No" in verdicts else "all Yes" if "Yes" in verdicts else outcome] += 1
        self.negatives += chosen

    def to_dict(self) -> dict[str, JsonValue]:
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
        """The funnel as text."""
        outcomes, verdicts = self.outcomes, self.verdicts
        samples = verdicts.total() + self.problems.total()
        counts = [f"{verdicts[name]:,} {name}" for name in VERDICTS if verdicts[name]]
        lines = [f"prompts      {outcomes.total():>9,}", f"responses    {samples:>9,}"]
        lines += [f"  none       {count:>9,}  {cause}" for cause, count in self.problems.most_common()]
        lines += [f"judged       {verdicts.total():>9,}  {', '.join(counts)}; {self.resampled:,} ties resampled"]
        if self.calibration.known:
            lines.append(f"  {self.calibration.line()}")
        lines += [f"prompts by outcome: {', '.join(f'{outcomes[name]:,} {name}' for name in OUTCOMES)}"]
        lines += [f"negatives    {self.negatives:>9,}"]
        if not self.negatives:
            lines.append(self._why_none())
        return lines

    def _why_none(self) -> str:
        if not self.verdicts.total():
            return "No negatives: there is no usable response. The causes are listed above."
        if not self.verdicts["Yes"] and not self.verdicts["tie"]:
            if self.verdicts["unknown"]:
                return "No negatives: no program can check every constraint of these prompts. A model can judge them."
            return "No negatives: too few replies of the judge hold a verdict in the requested form. Another judge is needed."
        return "No negatives: no response fails. Harder prompts, more --samples or another judge may find some."
