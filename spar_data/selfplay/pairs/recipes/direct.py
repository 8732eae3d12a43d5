"""Directly sampled pairs, SPaR's own ablation (its Figure 1): a passing response against a failing one.

Both are independent samples, so they differ in much that has nothing to do with the constraints.
"""

from __future__ import annotations

from dataclasses import dataclass

from spar_data.core.config import Config, setting
from spar_data.core.ids import rng
from spar_data.selfplay.pairs.pair_recipe import PairRecipe
from spar_data.selfplay.pairs.pair_set import Cut, Side, StoredRows, by_prompt
from spar_data.selfplay.records import distinct, squeeze


@dataclass(frozen=True)
class DirectConfig(Config):
    pairs: int = setting(1, "Pairs per prompt at most, drawn by seed; how the authors drew is not known.", at_least=1)
    seed: int = setting(42, "Seed of the draw.", shown="the run's")


def direct(rows: StoredRows, config: DirectConfig) -> Cut:
    """Chosen is a majority-Yes response, rejected a majority-No response to the same prompt."""
    cut = Cut("direct", rows.count("prompts", "responses"))
    for prompt_id, samples in by_prompt(rows.samples):
        judged = cut.judged(samples, "Yes", "No")
        passing, failing = (
            distinct((s for s in judged if s.votes.verdict == verdict), lambda s: s.response)
            for verdict in ("Yes", "No")
        )
        if not passing or not failing:
            missing = "No" if passing else "Yes"
            cut.drop("prompt", f"no {missing}" if passing or failing else "no response judged at all")
            continue
        couples = [(y, n) for y in passing for n in failing if squeeze(y.response) != squeeze(n.response)]
        if not couples:
            cut.drop("prompt", "equal sides")
            continue
        random = rng(config.seed, "direct", prompt_id)
        for chosen, rejected in random.sample(couples, min(config.pairs, len(couples))):
            cut.pair(prompt_id, rows.messages(chosen.prompt), Side.of(chosen), Side.of(rejected))
    return cut.sorted()


RECIPE = PairRecipe(
    name="direct",
    rows="dpo_direct",
    summary="a response judged Yes against one judged No",
    config=DirectConfig,
    cut=direct,
    needs=("samples",),
    trains="dpo",
)
