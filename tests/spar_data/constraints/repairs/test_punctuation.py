"""Marks are changed, added or taken out."""

from __future__ import annotations

from repair_table import TEA, TWO, repair_test

test_small_faults = repair_test(
    ("punctuation.absent", {"mark": "!"}, TWO, TWO.replace("!", ".")),
    ("punctuation.absent", {"mark": ","}, TEA, TEA.replace(",", "")),
    ("punctuation.count", {"mark": "!", "relation": "exactly", "n": 2}, TWO, f"{TWO[:-1]}!"),
    ("punctuation.count", {"mark": "?", "relation": "at least", "n": 1}, TWO, f"{TWO} Does that make sense?"),
    ("punctuation.ends", {"mark": "!"}, TEA, f"{TEA[:-1]}!"),
    ("punctuation.ends", {"mark": "?"}, TEA, f"{TEA} Does that make sense?"),
    ("punctuation.starts", {"mark": '"'}, TEA, TEA.replace("Tea is a drink.", '"Tea is a drink."')),
    ("punctuation.starts", {"mark": "..."}, TEA, f"... {TEA}"),
)  # fmt: skip
