"""All pair recipes, one module each; a new module in this folder is found without further changes."""

from __future__ import annotations

import importlib
import pkgutil
from typing import Any

from spar_data.core.errors import SparError, nearest
from spar_data.selfplay.pairs.pair_recipe import PairRecipe


def recipes_in(package: str) -> dict[str, PairRecipe[Any]]:
    """The recipes that the modules of a package define, by name, in alphabetical order of the modules."""
    names = [module.name for module in pkgutil.iter_modules(importlib.import_module(package).__path__)]
    values = [value for name in names for value in vars(importlib.import_module(f"{package}.{name}")).values()]
    return {value.name: value for value in values if isinstance(value, PairRecipe)}


RECIPES = recipes_in(__name__)


def find_recipe(name: str) -> PairRecipe[Any]:
    """The recipe of this name. Raises SparError with the nearest known name."""
    if name not in RECIPES:
        raise SparError(
            f"there is no pair recipe '{name}'.{nearest(name, RECIPES)} Rows that depend on gold answers instead of a run "
            "are made by `spar-data gold`"
        )
    return RECIPES[name]
