"""Reasons of the verdicts; test_ifbench.py compares the verdicts with official ones."""

from __future__ import annotations

from ifbench_cases import KWARGS
from reason_table import failure_test

from spar_data.constraints import ifbench

test_reasons = failure_test(
    ifbench.check,
    ("count:conjunctions", {"small_n": 5}, "tea and milk, but so", "3 conjunctions: and, but, so; at least 5 different ones asked"),
    ("count:person_names", {"N": 2}, "Zoe", "1 name of the list: Zoe; at least 2 different ones asked"),
    ("count:word_count_range", {"min_words": 3, "max_words": 4}, "tea", "1 word, 3 to 4 asked"),
    ("count:punctuation", {}, "What?! No.", "besides the interrobang there is no , ! ? ; :"),
    ("count:words_japanese", {"N": 2}, "a b", "word 2 is 'b', not Japanese"),
    ("count:keywords_multiple", KWARGS["count:keywords_multiple"], "oak door", "'door' 1 times, 2 asked; 'rain' 0 times, 3 asked; "
     "'salt' 0 times, 5 asked; 'wolf' 0 times, 7 asked"),
)  # fmt: skip
