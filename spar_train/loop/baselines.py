"""The recipes that the loop knows: SPaR, and its baselines, as what each iteration asks, cuts and trains."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from spar_data.selfplay.pairs.pair_recipe import PairRecipe
from spar_data.selfplay.pairs.recipes import RECIPES

Options = dict[str, str]


@dataclass(frozen=True)
class Baseline:
    """cut: the recipe of `spar-data pairs` (or of `spar-data gold` where gold is set). rows: the file that the actor
    trains on. train: dpo or sft. search: trees are grown and the refiner is trained. asks: a model scores the responses.
    from_base: every iteration trains the first actor anew. sampling: options of `spar-data selfplay` where the paper
    names other values than SPaR's."""

    cut: str
    rows: str
    train: str = "dpo"
    search: bool = False
    gold: bool = False
    asks: bool = False
    from_base: bool = False
    sampling: tuple[tuple[str, str], ...] = ()


def _of_pairs(recipe: PairRecipe[Any]) -> Baseline:
    return Baseline(
        recipe.name, f"{recipe.rows}.parquet", recipe.trains, search="nodes" in recipe.needs,
        asks=recipe.requests is not None, sampling=tuple(recipe.selfplay.items()),
    )  # fmt: skip


_PAIRS = [recipe for recipe in RECIPES.values() if recipe.trains]
BASELINES = {recipe.name: _of_pairs(recipe) for recipe in _PAIRS} | {
    "iterative-rpo": Baseline("iterative-rpo", "pairs.parquet", gold=True),  # arXiv 2404.19733
    "star": Baseline("star", "dialogues.parquet", "sft", gold=True, from_base=True),  # arXiv 2203.14465
    "rest-em": Baseline("rest-em", "dialogues.parquet", "sft", gold=True, from_base=True),  # arXiv 2312.06585
}
JUDGE_PAIRS_UNTIL = 2  # iterations of Meta-Rewarding that train on pairs of judgements too: the first two of its four
BY_VERDICT = tuple(recipe.name for recipe in _PAIRS if recipe.by_verdict)  # recipes that use the judge's verdicts
