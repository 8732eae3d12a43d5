"""Case is changed where it is wrong."""

from __future__ import annotations

from repair_table import TEA, repair_test

from spar_data.constraints.repairs import repair

test_small_faults = repair_test(
    ("character.capital_words", {"relation": "at most", "n": 1}, f"READ this NOW. {TEA}", f"READ this Now. {TEA}"),
    ("character.capital_words", {"relation": "exactly", "n": 2}, TEA, TEA.replace("drink", "DRINK").replace("people", "PEOPLE")),
    ("character.lowercase", {}, TEA, TEA.lower()),
    ("character.title_case", {}, "The end of the day", "The End Of The Day"),
    ("character.uppercase", {}, "The straße ends here", "THE STRASSE ENDS HERE"),
)  # fmt: skip


def test_what_no_edit_mends() -> None:
    assert repair("character.uppercase", "你好。今天很好。", {}) is None
