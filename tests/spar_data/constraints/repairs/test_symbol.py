"""Titles, emojis, placeholders and symbols are added or taken out."""

from __future__ import annotations

from repair_table import TEA, TWO, repair_test

test_small_faults = repair_test(
    ("symbol.custom", {"symbol": "→", "relation": "at least", "n": 2}, TWO, f"→ {TWO}".replace("\n\n", "\n\n→ ")),
    ("symbol.custom", {"symbol": "***", "relation": "at least", "n": 1}, TWO, TWO.replace("\n\n", "\n\n***\n\n")),
    ("symbol.custom", {"symbol": "§", "relation": "exactly", "n": 1}, f"§ {TEA} § End.", f"§ {TEA} End."),
    ("symbol.emojis", {"relation": "at most", "n": 1}, "Tea 🍵 is hot 🔥. Wait 🕐!", "Tea 🍵 is hot. Wait!"),
    ("symbol.placeholders", {"n": 2}, f"Dear [Name], {TWO}", f"Dear [Name], {TWO} Please fill in [date]."),
    ("symbol.title", {}, f"# On Tea\n\n{TEA}", f"<<On Tea>>\n\n{TEA}"),
    ("symbol.title", {}, TWO, f"<<Tea is a drink>>\n\n{TWO}"),
)  # fmt: skip
