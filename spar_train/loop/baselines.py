"""The recipes of the loop: SPaR and its baselines, each with what an iteration samples, which rows it makes and how it trains."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from spar_data.selfplay.gold.gold_recipe import GoldRecipe
from spar_data.selfplay.gold.run import GOLD_RECIPES
from spar_data.selfplay.pairs.pair_recipe import PairRecipe
from spar_data.selfplay.pairs.recipes import RECIPES
from spar_data.selfplay.records import Pair


@dataclass(frozen=True)
class Baseline:
    """A recipe as the loop runs it.

    cut         recipe of `spar-data pairs`, or of `spar-data gold` if gold is set.
    rows        the file that the actor trains on.
    train       dpo or sft.
    search      refinements are searched, and the refiner is trained.
    asks        a model scores the responses.
    from_base   every iteration trains the first actor again.
    sampling    values of PlayConfig for which the recipe's paper has other values than SPaR's.
    """

    cut: str
    rows: str
    train: str = "dpo"
    search: bool = False
    gold: bool = False
    asks: bool = False
    from_base: bool = False
    sampling: Mapping[str, object] = field(default_factory=dict)


def _of_pairs(recipe: PairRecipe[Any]) -> Baseline:
    return Baseline(
        recipe.name, f"{recipe.rows}.parquet", recipe.trains, search="nodes" in recipe.needs,
        asks=recipe.requests is not None, sampling=recipe.selfplay,
    )  # fmt: skip


def _of_gold(recipe: GoldRecipe) -> Baseline:
    trains = "dpo" if recipe.kind is Pair else "sft"
    return Baseline(recipe.name, recipe.file, trains, gold=True, from_base=recipe.from_base)


_PAIRS = [recipe for recipe in RECIPES.values() if recipe.trains]
BASELINES = {recipe.name: _of_pairs(recipe) for recipe in _PAIRS} | {
    recipe.name: _of_gold(recipe) for recipe in GOLD_RECIPES.values()
}
JUDGE_PAIRS_UNTIL = 2  # iterations of Meta-Rewarding that train on pairs of judgements too: the first two of its four
BY_VERDICT = tuple(recipe.name for recipe in _PAIRS if recipe.by_verdict)  # recipes that use the judge's verdicts
