"""Sentences are added at the right place."""

from __future__ import annotations

from repair_table import TEA, TWO, repair_test

test_small_faults = repair_test(
    ("sentence.contains", {"text": "Small steps count."}, TWO, f"{TWO} Small steps count."),
    ("sentence.distinct_openings", {}, "The cat sat. The dog ran. The end.", "The cat sat. And the dog ran. The end."),
    ("sentence.ends", {"text": "That is all."}, TEA, f"{TEA} That is all."),
    ("sentence.questions", {"relation": "at most", "n": 0}, f"{TEA} Do you like it?", f"{TEA} Do you like it."),
    ("sentence.questions", {"relation": "at least", "n": 1}, TEA, f"{TEA} Does that make sense?"),
    ("sentence.starts", {"text": "Start small."}, TEA, f"Start small. {TEA}"),
)  # fmt: skip
