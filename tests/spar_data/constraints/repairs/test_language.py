"""Paragraphs in other languages go."""

from __future__ import annotations

from repair_table import TEA, repair_test

from spar_data.constraints.repairs import repair

GERMAN = (
    "Der Tee wird heiß getrunken. Er kommt aus Asien und wärmt an kalten Tagen. Viele mögen ihn am Morgen. " * 8
    + "Das war alles."
)

test_small_faults = repair_test(
    ("language.is_language", {"code": "de"}, GERMAN + "\n\n" + TEA * 6, GERMAN),
)  # fmt: skip


def test_what_no_edit_mends() -> None:
    assert repair("language.is_language", TEA, {"code": "de"}) is None
