"""Recipes: one TOML file holds everything that decides what a prompt set contains."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from spar_data.core.assets import asset
from spar_data.core.config import override, read_toml, structure
from spar_data.core.errors import SparError, nearest
from spar_data.core.ids import row_id
from spar_data.prompts.decontaminate import DecontaminateConfig
from spar_data.prompts.evolve.draw import EvolveConfig
from spar_data.prompts.filters import FilterConfig
from spar_data.release.config import ReleaseConfig
from spar_data.sources.prompts import SourceConfig


@dataclass(frozen=True, kw_only=True)
class Recipe(FilterConfig):
    """The settings of the filters and of all other stages.

    `version` is that of the dataset; `seed` decides every random choice.
    """

    name: str
    version: str = "1.0.0"
    source: SourceConfig = field(default_factory=SourceConfig)
    evolve: EvolveConfig = field(default_factory=EvolveConfig)
    decontaminate: DecontaminateConfig = field(default_factory=DecontaminateConfig)
    release: ReleaseConfig = field(default_factory=ReleaseConfig)

    def __post_init__(self) -> None:
        if not self.name or not all(c.isalnum() or c in "-_." for c in self.name):
            raise SparError(f"name = {self.name!r}: letters, digits, '-', '_' and '.' are expected")

    @property
    def folder_name(self) -> str:
        """The name of run folder and release folder."""
        return f"{self.name}-{self.version}"

    @property
    def fingerprint(self) -> str:
        """8 hex digits over every value."""
        return row_id(json.dumps(self.to_dict(), sort_keys=True))[:8]

    def to_dict(self) -> dict[str, Any]:
        """The recipe as JSON holds it; sections stand in the order of the stages."""
        values = dataclasses.asdict(self)
        head = {key: values[key] for key in ("name", "version", "seed", "source")}
        return json.loads(json.dumps(head | values))


def shipped_recipes() -> list[str]:
    """The names of the recipes that ship with the project."""
    return sorted(path.stem for path in asset("recipes").glob("*.toml"))


def load_recipe(
    name: str, overrides: Sequence[str] = (), sources: Sequence[str] = (), limit: int = 0, teacher: str = ""
) -> Recipe:
    """Loads a shipped recipe by name or any recipe by path, then applies overrides.

    overrides: `key=value` texts. sources, limit, teacher: short for `source.paths`, `source.limit` and `evolve.teacher`.
    A recipe with overrides is another dataset: its name gets the fingerprint unless `name` itself is overridden. Raises
    SparError naming the key, with the nearest valid key or the expected type.

    >>> from spar_data import load_recipe
    >>> load_recipe("mini", ["self_bleu.threshold=0.6"]).self_bleu.threshold
    0.6
    """
    path = Path(name) if name.endswith(".toml") else asset("recipes") / f"{name}.toml"
    if not path.is_file():
        raise SparError(
            f"no recipe {name!r}: the path of a .toml file or a shipped recipe.{nearest(name, shipped_recipes())}"
        )
    shortcuts: list[str] = []
    if sources:
        shortcuts += [f"source.paths={json.dumps([str(source) for source in sources])}", 'source.dataset=""']
    if limit:
        shortcuts.append(f"source.limit={limit}")
    if teacher:
        shortcuts.append(f"evolve.teacher={json.dumps(teacher)}")
    data = read_toml(path)
    recipe = structure(Recipe, data, str(path))
    for text in (*overrides, *shortcuts):
        override(data, text)
    changed = structure(Recipe, data, "--set")
    if changed != recipe and changed.name == recipe.name:
        changed = dataclasses.replace(changed, name=f"{recipe.name}-{changed.fingerprint}")
    return changed
