"""How rules read a response: sentences and words, official and fixed."""

from __future__ import annotations

import pytest

from spar_eval.benchmarks.followbench.response_text import count, read_response


@pytest.mark.parametrize(
    ("response", "official", "fixed"),
    [
        ("One. Two! Three?", 3, 3),
        ("One. Two.\n", 3, 2),  # officially the line end is a sentence
        ("It cost $4.1 million. Really.", 3, 2),
        ("Wait... what?", 2, 2),
        ('He said "no." Then he left.', 2, 2),
        ("", 0, 0),
    ],
)
def test_sentences(response: str, official: int, fixed: int) -> None:
    assert len(read_response(response, False).sentences) == official
    assert len(read_response(response, True).sentences) == fixed


def test_double_blanks_are_words_officially() -> None:
    assert len(read_response(" two  words", False).words) == 4
    assert read_response(" two  words", True).words == ["two", "words"]


def test_whole_words_in_a_sentence() -> None:
    text = read_response("A bus left. The buses stay.", False)
    assert text.has("bus") and text.has("bus", 1) and not text.has("bus", 2) and not text.has("bus", 3)
    assert not text.has("Bus") and count(2, "1 sentence", False) == (False, "1 sentence wanted, 2 found")
