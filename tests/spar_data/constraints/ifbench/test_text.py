from __future__ import annotations

import pytest

from spar_data.constraints.ifbench.text import ascii_only, bare, listed, nth


@pytest.mark.parametrize(
    ("n", "expected"), [(1, "1st"), (2, "2nd"), (3, "3rd"), (4, "4th"), (11, "11th"), (112, "112th"), (121, "121st")]
)
def test_nth(n: int, expected: str) -> None:
    assert nth(n) == expected


def test_only_ascii_punctuation_is_taken_out() -> None:
    assert bare("don't – “so”, he said.") == "dont – “so” he said"


def test_accents_are_taken_off_and_other_scripts_dropped() -> None:
    assert ascii_only("Reykjavík Chișinău 茶") == "Reykjavik Chisinau "


def test_long_lists_are_cut() -> None:
    assert listed([]) == "none"
    assert listed(["a", "b"]) == "a, b"
    assert listed([str(n) for n in range(12)]) == "0, 1, 2, 3, 4, 5, 6, 7, 8, 9, …"
