"""Recipes: overrides, names and errors."""

from __future__ import annotations

import re

import pytest

from spar_data.core.errors import SparError
from spar_data.prompts.recipe import load_recipe


@pytest.mark.parametrize(
    ("override", "message"),
    [
        ("self_bleu.treshold=0.5", "Did you mean 'threshold'"),
        ("self_bleu.threshold=5", "self_bleu.threshold = 5"),
        ("length.max_chars=many", "'length.max_chars' = 'many': int is expected"),
        ("evolv.teacher=rules", "Did you mean 'evolve'"),
        ("seed", "key=value is expected"),
        ("decontaminate.ngram=2", "decontaminate.ngram = 2"),
        ("length.max_chars=3", "--set: length.min_chars = 16, max_chars = 3"),
        ("length.max_tokens=70000", "length.max_tokens = 70000: a number from 0 to 65535"),
        ("self_bleu.mode=pair", "self_bleu.mode = 'pair' is not known. Did you mean 'pairwise'"),
        ("evolve.max_extra=7", "evolve.max_extra = 7"),
        ("source.limit=-1", "source.limit = -1"),
        ('language.allow=["english"]', "language.allow holds 'english'"),
    ],
)
def test_wrong_overrides_name_the_key(override: str, message: str) -> None:
    with pytest.raises(SparError, match=re.escape(message)):
        load_recipe("mini", [override])


def test_overrides_make_another_dataset() -> None:
    plain, changed = load_recipe("mini"), load_recipe("mini", ["self_bleu.threshold=0.6"])
    assert plain.name == "spar-mini" and changed.name.startswith("spar-mini-") and changed.self_bleu.threshold == 0.6
    assert load_recipe("mini", ["self_bleu.threshold=0.5"]).name == "spar-mini"  # the value it has already
    assert load_recipe("spar-43k").evolve.teacher == "openai:gpt-4o-mini-2024-07-18"
