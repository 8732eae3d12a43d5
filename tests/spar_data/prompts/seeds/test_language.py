"""The language filter fills in missing languages and drops the others."""

from __future__ import annotations

import pytest
from source_rows import source_rows

from spar_data.core.errors import SparError
from spar_data.prompts.seeds.language import LanguageConfig, filter_language


def test_language_fills_in_and_filters() -> None:
    rows = source_rows(
        ["Write a short story about a lighthouse.", "Scrivi una storia sul mare e sul faro.", "irgendwas"],
        [None, None, "de"],
    )
    verdicts = filter_language(rows, LanguageConfig(allow=("en", "de")))
    assert verdicts["language"].to_list() == ["en", "it", "de"]
    assert verdicts["reason"].to_list() == [None, "language: it", None]


def test_an_unknown_language_names_the_key() -> None:
    with pytest.raises(SparError, match=r"^allow holds 'english'"):
        LanguageConfig(allow=("english",))
