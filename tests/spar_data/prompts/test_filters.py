"""The table of filters: stages in order, and one verdict for each row."""

from __future__ import annotations

import pytest
from source_rows import source_rows

from spar_data.prompts.filters import CHEAP_FILTERS, STAGES, CheapFilter, FilterConfig
from spar_data.prompts.recipe import Recipe

PROMPTS = ["Plan three dinners for a family of five.", "Hi", "Describe the attached image, please.", "Hi"]


@pytest.mark.parametrize("cheap", CHEAP_FILTERS, ids=lambda cheap: cheap.stage)
def test_each_filter_gives_one_verdict_a_row(cheap: CheapFilter) -> None:
    verdicts = cheap.prepare(FilterConfig())(source_rows(PROMPTS))
    assert len(verdicts) == len(PROMPTS) and "reason" in verdicts.columns
    assert set(verdicts.columns) <= {"reason", "score", "cause", "language"}
    assert verdicts["reason"][0] is None


def test_recipes_and_the_ledger_follow_the_table() -> None:
    assert STAGES == ("read", "duplicate", "length", "keyword", "language", "self-bleu", "evolve", "decontaminate")
    recipe = Recipe(name="mine")
    assert recipe.cheap_settings() == FilterConfig().cheap_settings()
    assert [*recipe.to_dict()] == [
        "name", "version", "seed", "source", "length", "keywords", "language", "self_bleu", "evolve", "decontaminate",
        "release",
    ]  # fmt: skip
