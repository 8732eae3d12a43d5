"""A pair recipe: one way to cut the rows of a self-play run into training data.

To add one, write a module in `spar_data/selfplay/pairs/recipes/` that defines a `PairRecipe`. The command line, its help,
the card of a release and `spar-train loop` find it there.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from spar_data.models import Request
from spar_data.selfplay.pairs.pair_set import Cut, StoredRows

Config = TypeVar("Config")


@dataclass(frozen=True)
class NoConfig:
    """The config of a recipe without settings."""


@dataclass(frozen=True)
class PairRecipe(Generic[Config]):
    """A function from stored rows to a cut, with all that the rest of the suite needs to know about it.

    name       the word after `--recipe`.
    rows       name of the set of rows: of its file and of its config on the Hub.
    summary    one line for `--help` and for the card of a release.
    config     frozen dataclass of its settings. A field `seed` is set to the seed of the run.
    cut        makes the rows.
    needs      fields of StoredRows that must not be empty.
    requests   the calls of the judge that it is sure to make, None if it asks nothing.
    replies    whether it needs every reply of the judge, which are most of a run's bytes.
    trains     how `spar-train loop` trains the actor on the rows: "dpo" or "sft"; "" if the loop does not offer the recipe.
    by_verdict whether the judge's verdicts decide.
    selfplay   fields of PlayConfig for which the paper has other values than SPaR's.
    """

    name: str
    rows: str
    summary: str
    config: type[Config]
    cut: Callable[[StoredRows, Config], Cut]
    needs: tuple[str, ...]
    requests: Callable[[StoredRows, Config], list[Request]] | None = None
    replies: bool = False
    trains: str = ""
    by_verdict: bool = True
    selfplay: Mapping[str, object] = field(default_factory=dict)
