"""A new pair recipe is one file: it is found, and `make_pairs` cuts by it."""

from __future__ import annotations

from pathlib import Path

import pytest
from pairs_commands import pairs_ok, world_run

from spar_data.core.errors import SparError
from spar_data.selfplay.pairs.make_pairs import make_pairs
from spar_data.selfplay.pairs.recipes import RECIPES, find_recipe, recipes_in

_SHORTEST = '''
"""The shortest response against the longest one, whatever the judge said."""

from spar_data.selfplay.pairs.pair_recipe import NoConfig, PairRecipe
from spar_data.selfplay.pairs.pair_set import Cut, Side, by_prompt


def shortest(rows, config):
    cut = Cut("shortest", rows.count("prompts", "responses"))
    for prompt_id, samples in by_prompt(rows.samples):
        *_, worst = ranked = sorted(cut.usable(samples), key=lambda sample: len(sample.response))
        sides = [Side(sample.response, None, sample.id) for sample in (ranked[0], worst)]
        cut.pair(prompt_id, rows.messages(worst.prompt), *sides)
    return cut.sorted()


RECIPE = PairRecipe("shortest", "dpo_shortest", "shortest against longest response", NoConfig, shortest, ("samples",))
'''


def test_a_new_file_is_a_new_recipe(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = tmp_path / "house_recipes"
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "shortest.py").write_text(_SHORTEST)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.chdir(tmp_path)
    recipes = recipes_in("house_recipes")
    assert list(recipes) == ["shortest"]
    monkeypatch.setitem(RECIPES, "shortest", recipes["shortest"])
    run = world_run(tmp_path)
    result = make_pairs(run, ["shortest"])
    assert repr(result) == "Pairs(dpo_shortest: 3 rows)" and ("equal sides" in str(result.cuts["shortest"].excluded))
    assert result.to_polars()["chosen"].to_list() != result.to_polars()["rejected"].to_list()
    output = pairs_ok(run, "--recipe", "shortest", "--out", str(tmp_path / "out")).output
    assert "shortest: 3 rows (dpo_shortest) from 4 prompts, 9 responses" in output
    assert "shortest          shortest against longest response" in pairs_ok(run, "--help").output


def test_every_recipe_describes_itself() -> None:
    assert len({recipe.rows for recipe in RECIPES.values()}) == len(RECIPES) == 9
    for name, recipe in RECIPES.items():
        assert recipe.name == name and recipe.summary and recipe.config() and recipe.trains in ("", "dpo", "sft")
    with pytest.raises(SparError, match="Did you mean 'spar'"):
        find_recipe("spa")
