"""Directly sampled pairs, SPaR's own ablation (its Figure 1): a response that follows the prompt against one that does not.

Both are independent samples, so they differ in much that has nothing to do with the constraints.
"""

from __future__ import annotations

from dataclasses import dataclass

from spar_data.core.errors import SparError
from spar_data.core.ids import rng
from spar_data.selfplay.pairs.pair_set import Cut, Rows, Side, by_prompt, distinct, fold
from spar_data.selfplay.records import Sample


@dataclass(frozen=True)
class DirectConfig:
    """pairs: how many a prompt at most. How the authors chose among several is not known: by chance, here."""

    pairs: int = 1
    seed: int = 42

    def __post_init__(self) -> None:
        if self.pairs < 1:
            raise SparError(f"pairs = {self.pairs}: at least 1 is expected")


def direct(rows: Rows, config: DirectConfig) -> Cut:
    """Chosen is a majority-Yes response, rejected a majority-No one of the same prompt."""
    cut = Cut("direct", {"prompts": len({s.prompt_id for s in rows.samples}), "responses": len(rows.samples)})
    for prompt_id, samples in by_prompt(rows.samples):
        judged = cut.usable(samples)
        for sample in judged:
            if sample.votes.verdict not in ("Yes", "No"):
                cut.drop("response", f"judged {sample.votes.verdict or 'not at all'}")
        yes = distinct(s for s in judged if s.votes.verdict == "Yes")
        no = distinct(s for s in judged if s.votes.verdict == "No")
        if not yes or not no:
            cut.drop("prompt", "no response judged at all" if not yes and not no else f"no {'No' if yes else 'Yes'}")
            continue
        couples = [(y, n) for y in yes for n in no if fold(y.response) != fold(n.response)]
        if not couples:
            cut.drop("prompt", "equal sides")
            continue
        random = rng(config.seed, "direct", prompt_id)
        for one, other in random.sample(couples, min(config.pairs, len(couples))):
            cut.pair(prompt_id, rows.asked(one.prompt), side(one), side(other))
    return cut.done()


def side(sample: Sample) -> Side:
    return Side(sample.response, sample.votes.value, sample.id)
