"""Changes from one text to another, word by word."""

from __future__ import annotations

import random

from spar_data.selfplay.search.tree_text import word_changes


def test_every_word_is_in_the_diff() -> None:
    draw_ = random.Random(1)
    for _ in range(300):
        before = [draw_.choice(("a", "b", "c", "d\n", "\n\n", " ")) for _ in range(draw_.randint(0, 30))]
        after = [w for w in before if draw_.random() < 0.8] + ["e"] * draw_.randint(0, 2)
        one, other = " ".join(before), " ".join(after)
        found = word_changes(one, other, 10_000)
        assert "".join(words for kind, words in found if kind != "+") == one
        assert "".join(words for kind, words in found if kind != "-") == other
    long = " ".join(f"w{i}" for i in range(1000))
    shortened = "".join(words for _, words in word_changes(long, long.replace("w500", "X")))
    assert len(shortened) < 120 and "w499 " in shortened and " ... " in shortened and "w500X" in shortened


def test_the_diff_of_very_long_texts() -> None:
    """Two texts of 200,000 characters: compared word by word throughout this would take hours."""
    some = random.Random(1)
    one, other = (" ".join(some.choices(["a", "bee", "sea", "dee"], k=60_000)) for _ in range(2))
    told = word_changes(one, other, 100_000)
    assert "".join(text for sign, text in told if sign != "+") == one
    assert "".join(text for sign, text in told if sign != "-") == other
    repeated = "word " * 20_000
    assert word_changes(repeated, repeated + "end")[-1] == ("+", "end")
