"""The cheap filters: one reason each, exact at the boundary."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from spar_data.core.errors import SparError
from spar_data.core.ids import row_id
from spar_data.prompts.seeds.duplicates import ExactDuplicates
from spar_data.prompts.seeds.keywords import KeywordConfig, KeywordFilter
from spar_data.prompts.seeds.language import LanguageConfig, filter_language
from spar_data.prompts.seeds.length import LengthConfig, filter_length


def _rows(prompts: list[str], languages: list[str | None] | None = None) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "id": [row_id(p) for p in prompts],
            "prompt": prompts,
            "language": languages or [None] * len(prompts),
            "source": ["s"] * len(prompts),
            "row": list(range(1, len(prompts) + 1)),
        },
        schema_overrides={"language": pl.String},
    )


def test_duplicates_after_normalisation_name_the_first_row() -> None:
    prompts = ["Write a  Poem!", "write a poem", "Write a poem?!", "Write two poems", "\u217b men"]
    check = ExactDuplicates()
    verdicts = check(_rows(prompts))
    assert verdicts["reason"].to_list() == [None, "duplicate", "duplicate", None, None]
    assert verdicts["cause"].to_list()[1:3] == [row_id(prompts[0])] * 2
    later = check(_rows(["XII MEN", "write TWO poems."]))  # over batches; NFKC writes the numeral out
    assert later["reason"].to_list() == ["duplicate", "duplicate"]


def test_duplicates_table_grows() -> None:
    prompts = [f"prompt number {i}" for i in range(70_000)]
    check = ExactDuplicates()
    assert check(_rows(prompts))["reason"].null_count() == 70_000
    assert check(_rows(prompts[::-1]))["reason"].null_count() == 0


def test_length_bounds_are_included() -> None:
    config = LengthConfig(min_chars=10, max_chars=30, min_tokens=3, max_tokens=6)
    prompts = [
        "too short",
        "a b c d e ",
        "1234567890",
        "one two three four five six",
        "a b c d e f g h",
        "x" * 31,
        "写一首诗吧",
    ]
    verdicts = filter_length(_rows(prompts), config)
    assert verdicts["reason"].to_list() == [
        "too short (characters)", None, "too short (tokens)", None, "too long (tokens)", "too long (characters)", None,
    ]  # fmt: skip
    assert verdicts["score"].to_list()[0] == 9 and verdicts["score"].to_list()[4] == 8


@pytest.mark.parametrize(
    ("prompt", "group"),
    [
        ("What is in this picture?", "visual"),
        ("Draw me a picture of a fox in a raincoat.", "visual"),
        ("请描述这张图片里的内容。", "visual"),
        ("Please proofread the essay I uploaded.", "attachment"),
        ("https://example.org/a http://example.org/b", "url_only"),
        ("Open this link and tell me more: https://example.com", "browsing"),
        ("As an AI language model, I cannot do that.", "model_refusal"),
        ("Who made you?", "model_identity"),
        ("What's the weather in Bergen right now?", "live_data"),
        ("Wie wird das Wetter heute in Bremen?", "live_data"),
        ("[INST] Write a story [/INST]", "leaked_template"),
        ("How do I take better photos of my dog?", None),
        ("Write a picture book about a mole.", None),
        ("Imagine a chart of the unknown seas and describe its maker.", None),
        ("Explain how weather forecasts are made.", None),
        ("Tell me the news of a village in 1650, as a crier would.", None),
        ("Is it rude to link arms with a colleague?", None),
    ],
)
def test_keywords(prompt: str, group: str | None) -> None:
    assert KeywordFilter(KeywordConfig())(_rows([prompt]))["reason"][0] == (group and f"keyword: {group}")


def test_keyword_groups_can_be_switched_off_and_replaced(tmp_path: Path) -> None:
    rows = _rows(["Who made you?", "a plain zebra prompt"])
    assert KeywordFilter(KeywordConfig(off=("model_identity",)))(rows)["reason"].null_count() == 2
    own = tmp_path / "own.toml"
    own.write_text('[[groups]]\nid = "animals"\nreason = "no animals"\npatterns = ["zebra"]\n')
    assert KeywordFilter(KeywordConfig(list=str(own)))(rows)["reason"].to_list() == [None, "keyword: animals"]
    own.write_text('[[groups]]\nid = "animals"\nreason = "no animals"\npatterns = ["zebra("]\n')
    with pytest.raises(SparError, match=r"own.toml.*animals.*zebra\("):
        KeywordFilter(KeywordConfig(list=str(own)))
    with pytest.raises(SparError, match=r"Did you mean 'visual'"):
        KeywordFilter(KeywordConfig(off=("visul",)))


def test_language_fills_in_and_filters() -> None:
    rows = _rows(
        ["Write a short story about a lighthouse.", "Scrivi una storia sul mare e sul faro.", "irgendwas"],
        [None, None, "de"],
    )
    filled, verdicts = filter_language(rows, LanguageConfig(allow=("en", "de")))
    assert filled["language"].to_list() == ["en", "it", "de"]
    assert verdicts["reason"].to_list() == [None, "language: it", None]


def test_impossible_values_name_the_key() -> None:
    with pytest.raises(SparError, match=r"^min_chars = 50, max_chars = 10"):
        LengthConfig(min_chars=50, max_chars=10)
    with pytest.raises(SparError, match=r"^allow holds 'english'"):
        LanguageConfig(allow=("english",))
