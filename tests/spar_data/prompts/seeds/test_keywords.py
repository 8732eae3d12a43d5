"""The shipped keyword groups match what they should, and lists of the user's replace them."""

from __future__ import annotations

from pathlib import Path

import pytest
from source_rows import source_rows

from spar_data.core.errors import SparError
from spar_data.prompts.seeds.keywords import KeywordConfig, KeywordFilter


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
    assert KeywordFilter(KeywordConfig())(source_rows([prompt]))["reason"][0] == (group and f"keyword: {group}")


def test_keyword_groups_can_be_switched_off_and_replaced(tmp_path: Path) -> None:
    rows = source_rows(["Who made you?", "a plain zebra prompt"])
    assert KeywordFilter(KeywordConfig(off=("model_identity",)))(rows)["reason"].null_count() == 2
    own = tmp_path / "own.toml"
    own.write_text('[[groups]]\nid = "animals"\nreason = "no animals"\npatterns = ["zebra"]\n')
    assert KeywordFilter(KeywordConfig(list=str(own)))(rows)["reason"].to_list() == [None, "keyword: animals"]
    own.write_text('[[groups]]\nid = "animals"\nreason = "no animals"\npatterns = ["zebra("]\n')
    with pytest.raises(SparError, match=r"own.toml.*animals.*zebra\("):
        KeywordFilter(KeywordConfig(list=str(own)))
    with pytest.raises(SparError, match=r"Did you mean 'visual'"):
        KeywordFilter(KeywordConfig(off=("visul",)))
