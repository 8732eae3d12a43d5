"""The recipes of the loop name the files and weights of the commands."""

from __future__ import annotations

from spar_data.selfplay.pairs.recipes import RECIPES
from spar_train.config import DPO_WEIGHTS
from spar_train.loop.baselines import BASELINES


def test_files_are_named_as_the_commands_name_them() -> None:
    names = {recipe: f"{RECIPES[each.cut].rows}.parquet" for recipe, each in BASELINES.items() if not each.gold}
    assert names == {recipe: each.rows for recipe, each in BASELINES.items() if not each.gold}
    assert RECIPES["refiner-paper"].rows == "rft"
    assert RECIPES["refiner-authors"].rows == "rft_authors"
    assert set(DPO_WEIGHTS) >= {recipe for recipe, each in BASELINES.items() if each.train == "dpo"}
