"""Relations, and the parts of reasons."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spar_data.constraints.verdict import RELATIONS, compare, counted, judge, shortened
from spar_data.core.errors import SparError


@given(st.integers(0, 9), st.integers(0, 9))
def test_relations_agree_with_each_other(value: int, n: int) -> None:
    holds = {relation: compare(value, relation, n) for relation in RELATIONS}
    assert holds["at least"] != holds["less than"]
    assert holds["at most"] != holds["more than"]
    assert holds["exactly"] == (holds["at least"] and holds["at most"]) == (value == n)


def test_an_unknown_relation_is_an_error() -> None:
    with pytest.raises(SparError, match="Did you mean 'at least'"):
        compare(1, "at leest", 1)


def test_reasons_state_the_count_and_what_was_asked() -> None:
    assert judge(1, "word", "at least", 3) == (False, "1 word, at least 3 asked")
    assert judge(2, "occurrence", "exactly", 2, of=" of '→'") == (True, "2 occurrences of '→', exactly 2 asked")
    assert [counted(n, "word") for n in (0, 1, 2)] == ["0 words", "1 word", "2 words"]


def test_shortened_texts_are_one_line_and_not_longer_than_the_limit() -> None:
    assert shortened(" a\n b ") == "a b"
    assert shortened("x" * 50) == "x" * 39 + "…"
    assert shortened("x " * 500, 10) == "x x x x x…"
