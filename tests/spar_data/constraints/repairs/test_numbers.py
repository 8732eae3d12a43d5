"""Numbers are rounded, spelled in digits or added."""

from __future__ import annotations

from repair_table import TWO, repair_test

test_small_faults = repair_test(
    ("numbers.decimals", {"places": 2}, "It costs 3.5 dollars, or 2.715 pounds, for 4 cups.", "It costs 3.50 dollars, or 2.72 pounds, for 4 cups."),
    ("numbers.integers", {"n": 2}, "It takes 3.4 grams and two minutes.", "It takes 3 grams and 2 minutes."),
    ("numbers.ordinals", {"n": 1}, "The first cup is the best.", "The 1st cup is the best."),
    ("numbers.scientific", {"n": 1}, TWO, f"{TWO} An order of magnitude to compare with is 2 x 10^3."),
)  # fmt: skip
