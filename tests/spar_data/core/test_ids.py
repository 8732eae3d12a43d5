"""Ids and random streams depend on content and seed alone."""

from __future__ import annotations

from spar_data.core.ids import rng, row_id, seeded_order


def test_ids_are_hashes_of_their_parts() -> None:
    assert row_id("Write a poem.") == row_id("Write a poem.") != row_id("Write a poem")
    assert len(row_id("x")) == 16 and int(row_id("x"), 16) >= 0
    assert len({row_id("ab", "c"), row_id("a", "bc"), row_id("abc"), row_id("abc", "")}) == 4


def test_streams_are_separate_and_repeatable() -> None:
    numbers = [rng(seed, *parts).random() for seed, parts in ((1, ("a",)), (1, ("b",)), (2, ("a",)), (1, ("a",)))]
    assert numbers[0] == numbers[3] and len(set(numbers)) == 3


def test_the_seeded_order_of_the_others_survives_when_rows_are_removed() -> None:
    ids = [row_id(str(i)) for i in range(500)]
    order = [ids[i] for i in seeded_order(ids, 42)]
    assert sorted(order) == sorted(ids) and order != ids
    assert order != [ids[i] for i in seeded_order(ids, 43)]
    fewer = ids[::3]
    assert [fewer[i] for i in seeded_order(fewer, 42)] == [name for name in order if name in set(fewer)]
    assert list(seeded_order([ids[0]] * 4, 1)) == [0, 1, 2, 3]
