"""The recipes by name."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from spar_data.models import Request
from spar_data.selfplay.pairs.direct import DirectConfig, direct
from spar_data.selfplay.pairs.meta_rewarding import MetaRewardingConfig, meta_rewarding
from spar_data.selfplay.pairs.pair_set import Cut
from spar_data.selfplay.pairs.rft import (
    ActorConfig,
    AuthorsConfig,
    PaperConfig,
    actor,
    expert,
    refiner_authors,
    refiner_paper,
)
from spar_data.selfplay.pairs.self_rewarding import SelfRewardingConfig, requests, self_rewarding
from spar_data.selfplay.pairs.spar import SparConfig, spar
from spar_data.selfplay.pairs.spin import SpinConfig, spin


class Recipe(NamedTuple):
    """cut: (rows, config) to Cut; (rows, config, judge's spec, Rounds) where it asks a model.

    name: of the set of rows, its files and its config on the Hub.
    needs: fields of Rows without which there is nothing to cut; asks: the requests it is sure to make, from (rows, config),
    where it asks a model; replies: every reply of the judge has to be read.
    """

    name: str
    config: type
    cut: Callable[..., Cut]
    needs: tuple[str, ...]
    asks: Callable[..., list[Request]] | None = None
    replies: bool = False


RECIPES: dict[str, Recipe] = {
    "spar": Recipe("dpo", SparConfig, spar, ("nodes",)),
    "direct": Recipe("dpo_direct", DirectConfig, direct, ("samples",)),
    "self-rewarding": Recipe("dpo_self_rewarding", SelfRewardingConfig, self_rewarding, ("samples",), asks=requests),
    "meta-rewarding": Recipe("dpo_meta_rewarding", MetaRewardingConfig, meta_rewarding, ("samples",), asks=requests),
    "spin": Recipe("dpo_spin", SpinConfig, spin, ("samples", "sft")),
    "rft": Recipe("actor_rft", ActorConfig, actor, ("samples",)),
    "expert-iteration": Recipe("actor_expert", PaperConfig, expert, ("nodes",)),
    "refiner-paper": Recipe("rft", PaperConfig, refiner_paper, ("samples", "nodes"), replies=True),
    "refiner-authors": Recipe("rft_authors", AuthorsConfig, refiner_authors, ("samples", "nodes")),
}
