"""The recipes by name."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from spar_data.selfplay.pairs.cut import Cut
from spar_data.selfplay.pairs.direct import DirectConfig, direct
from spar_data.selfplay.pairs.meta_rewarding import MetaRewardingConfig, meta_rewarding
from spar_data.selfplay.pairs.self_rewarding import SelfRewardingConfig, self_rewarding
from spar_data.selfplay.pairs.spar import SparConfig, spar
from spar_data.selfplay.pairs.spin import SpinConfig, spin
from spar_data.selfplay.rft import ActorConfig, AuthorsConfig, PaperConfig, actor, refiner_authors, refiner_paper


class Recipe(NamedTuple):
    """cut: (rows, config) to Cut; (rows, config, judge's spec, Rounds) where it asks a model.

    needs: fields of Rows without which there is nothing to cut; replies: every reply of the judge has to be read.
    """

    config: type
    cut: Callable[..., Cut]
    needs: tuple[str, ...]
    asks: bool = False
    replies: bool = False


RECIPES: dict[str, Recipe] = {
    "spar": Recipe(SparConfig, spar, ("nodes",)),
    "direct": Recipe(DirectConfig, direct, ("samples",)),
    "self-rewarding": Recipe(SelfRewardingConfig, self_rewarding, ("samples",), asks=True),
    "meta-rewarding": Recipe(MetaRewardingConfig, meta_rewarding, ("samples",), asks=True),
    "spin": Recipe(SpinConfig, spin, ("samples", "sft")),
    "rft": Recipe(ActorConfig, actor, ("samples",)),
    "refiner-paper": Recipe(PaperConfig, refiner_paper, ("samples", "nodes"), replies=True),
    "refiner-authors": Recipe(AuthorsConfig, refiner_authors, ("samples", "nodes")),
}
