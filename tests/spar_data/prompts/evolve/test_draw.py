"""Draws are uniform and depend on id and seed alone."""

from __future__ import annotations

from collections import Counter

from spar_data.prompts.evolve.draw import EvolveConfig, draw
from spar_data.prompts.taxonomy_files import load_taxonomy

WORDS = load_taxonomy()


def test_main_type_is_drawn_uniformly() -> None:
    counts = Counter(draw(f"{i:016x}", 1, WORDS, EvolveConfig()).types[0] for i in range(14_000))
    assert len(counts) == 14
    assert all(880 < n < 1120 for n in counts.values()), counts  # 1000 +- 4 standard deviations
