"""The balance of a prompt set counts every constraint once, and names what is never used."""

from __future__ import annotations

import json

import polars as pl

from spar_data.core.assets import asset
from spar_data.core.records import Constraint, PromptRow
from spar_data.core.tables import frame
from spar_data.prompts.coverage import balance
from spar_data.prompts.taxonomy_files import load_taxonomy


def _row(name: str, *constraints: Constraint, language: str = "en") -> PromptRow:
    kind = "format.length"
    return PromptRow(name, name, "o", "s", language, "content.keyword", kind, constraints, "rules", "src", 1)


def test_small_counts() -> None:
    words = Constraint("format.length.words", "say", "length.words", "whole", {})
    mood = Constraint("general.sentiment.positive", "say", "", "none", {})
    keyword = Constraint("content.keyword.include", "say", "keyword.include", "whole", {})
    rows = [_row("a", words, mood), _row("b", words, keyword), _row("c", language="de")]
    counts = balance(frame(rows, PromptRow), load_taxonomy())
    assert (counts["prompts"], counts["constraints"]) == (3, 4)
    assert counts["drawn"]["content.keyword"] == counts["main"]["format.length"] == 3
    assert counts["types"]["format.length"] == 2 and counts["leaves"]["content.keyword.exclude"] == 0
    assert counts["pairs"] == [["content.keyword", "format.length", 1], ["format.length", "general.sentiment", 1]]
    assert counts["sizes"] == {"0": 1, "2": 2} and counts["languages"] == {"en": 2, "de": 1}
    assert counts["verifiable"] == {"whole": 3, "part": 0, "prompts": 1}


def test_the_manifest_of_the_release() -> None:
    folder = asset("releases/spar-mini-1.0.0")
    counts = balance(pl.read_parquet(folder / "data" / "prompts.parquet"), load_taxonomy())
    assert counts == json.loads((folder / "manifest.json").read_text())["balance"]
