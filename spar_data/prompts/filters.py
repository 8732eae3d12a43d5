"""The filters of prompts in their order, and the settings of all.

To add a filter that needs no other rows, write a module in `seeds/`, give its settings a field in `FilterConfig`, and enter
it in `CHEAP_FILTERS`. Recipes, the ledger, the funnel and `filter_prompts` follow.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import NamedTuple, TypeAlias

import polars as pl

from spar_data.prompts.seeds.keywords import KeywordConfig, KeywordFilter
from spar_data.prompts.seeds.language import LanguageConfig, filter_language
from spar_data.prompts.seeds.length import LengthConfig, filter_length
from spar_data.prompts.seeds.selfbleu.settings import SelfBleuConfig

Filter: TypeAlias = Callable[[pl.DataFrame], pl.DataFrame]
"""From a batch of rows (id, prompt, language, source, row) to their verdicts, as `Ledger.decide` takes them."""


@dataclass(frozen=True, kw_only=True)
class FilterConfig:
    """Settings of all filters. seed: decides the order in which self-BLEU meets the prompts."""

    length: LengthConfig = field(default_factory=LengthConfig)
    keywords: KeywordConfig = field(default_factory=KeywordConfig)
    language: LanguageConfig = field(default_factory=LanguageConfig)
    self_bleu: SelfBleuConfig = field(default_factory=SelfBleuConfig)
    seed: int = 42

    def cheap_settings(self) -> list[dict[str, object]]:
        """The settings of the cheap filters."""
        sections = [field.name for field in dataclasses.fields(FilterConfig) if field.name not in ("self_bleu", "seed")]
        return [dataclasses.asdict(getattr(self, name)) for name in sections]


class CheapFilter(NamedTuple):
    """A filter that meets the rows batch by batch, as they are read. stage: its name in the ledger."""

    stage: str
    prepare: Callable[[FilterConfig], Filter]


def _duplicates(config: FilterConfig) -> Filter:
    from spar_data.prompts.seeds.duplicates import ExactDuplicates  # compiled code, which takes a while to load

    return ExactDuplicates()


CHEAP_FILTERS = (
    CheapFilter("duplicate", _duplicates),
    CheapFilter("length", lambda config: partial(filter_length, config=config.length)),
    CheapFilter("keyword", lambda config: KeywordFilter(config.keywords)),
    CheapFilter("language", lambda config: partial(filter_language, config=config.language)),
)
CHEAP_STAGES = ("read", *(cheap.stage for cheap in CHEAP_FILTERS))
STAGES = (*CHEAP_STAGES, "self-bleu", "evolve", "decontaminate")
"""All stages of the ledger, in order."""
