"""The card is valid for the Hub."""

from __future__ import annotations

from pathlib import Path

import pytest


def test_card_header_is_valid_for_the_hub(built: tuple[Path, Path]) -> None:
    hub = pytest.importorskip("huggingface_hub")
    card = hub.DatasetCard.load(built[1] / "README.md")
    assert card.data.license == "apache-2.0" and "en" in card.data.language
    assert card.data.size_categories == ["1K<n<10K"]
    assert [c["config_name"] for c in card.data.configs] == ["prompts", "seeds"]
    assert "| self-bleu |" in card.text and "Not checked" in card.text
