from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spar_data.constraints.text.words import fold, occurrences, plain, words


@pytest.mark.parametrize(
    ("phrase", "text", "count"),
    [
        ("cat", "concatenate a cat, cats and cat.", 2),
        ("école", "l'école d’école", 2),
        ("known", "well-known", 1),
        ("new york", "new\n  york", 1),
        ("ai", "使用ai技术", 1),  # a Chinese character beside a Latin word is a boundary
        ("苹果", "我吃苹果汁", 1),
        ("사과", "사과를 먹었다, 풋사과", 1),  # a particle may follow, a word may not go before
        ("कर", "करना", 0),
        ("c++", "c++ and c++11", 2),
        ("ana", "banana ana", 1),  # the failed hit inside 'banana' must not hide the next
        ("哈哈", "哈哈哈", 1),
        ("cafe", "cafe\u0301", 0),  # the accent belongs to the word
    ],
)
def test_occurrences_are_whole_words(phrase: str, text: str, count: int) -> None:
    assert len(occurrences(phrase, text)) == count


@given(st.lists(st.sampled_from(["tea", "well-known", "l'été", "42", "naïve", "ягода"])))
def test_words_are_what_was_joined(parts: list[str]) -> None:
    assert words(" ".join(parts)) == parts


@given(st.text())
def test_fold_does_not_depend_on_case(text: str) -> None:
    assert fold(fold(text)) == fold(text)


def test_fold_knows_sharp_s_and_the_turkish_i() -> None:
    assert fold("STRASSE") == fold("Straße")
    assert fold("İSTANBUL") == fold("istanbul")
    assert fold("IŞIK") == fold("ışık")


def test_plain_drops_emphasis_but_no_sign_of_its_own() -> None:
    assert plain("**“Hello”,**\n  _you_ snake_case 5 * 3") == '"Hello", you snake_case 5 * 3'
