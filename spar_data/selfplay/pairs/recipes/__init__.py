"""All pair recipes, one module each; a new module in this folder is found without further changes."""

from __future__ import annotations

import importlib
import pkgutil
from typing import Any

from spar_data.core.errors import SparError, nearest
from spar_data.selfplay.pairs.pair_recipe import PairRecipe

_MODULES = [importlib.import_module(f"{__name__}.{module.name}") for module in pkgutil.iter_modules(__path__)]

RECIPES: dict[str, PairRecipe[Any]] = {
    value.name: value for module in _MODULES for value in vars(module).values() if isinstance(value, PairRecipe)
}
"""By name, in alphabetical order of the modules."""


def find_recipe(name: str) -> PairRecipe[Any]:
    """The recipe of this name. Raises SparError with the nearest known name."""
    if name not in RECIPES:
        raise SparError(
            f"there is no pair recipe '{name}'.{nearest(name, RECIPES)} Rows that depend on gold answers instead of a run "
            "are made by `spar-data gold`"
        )
    return RECIPES[name]
