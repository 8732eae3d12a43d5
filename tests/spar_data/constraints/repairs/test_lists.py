"""Items in texts that are not only lists; test_text_format has the small faults."""

from __future__ import annotations

from spar_data.constraints.repairs.lists import bullets, numbered_list

FENCED = "```\n- code\n```\n- one\n- two\n\nThe end."


def test_lines_of_code_are_no_items() -> None:
    assert next(bullets(FENCED, n=1)) == FENCED.replace("- two", "  - two")


def test_new_items_follow_the_last_one_with_its_sign() -> None:
    first = next(bullets("* one\n* two\n\nThe end.", n=3))
    assert first.startswith("* one\n* two\n* ") and first.endswith("\n\nThe end.")


def test_numbers_are_set_right_and_surplus_items_nested() -> None:
    assert next(numbered_list("2. one\n5. two", n=2)) == "1. one\n2. two"
    assert next(numbered_list("1. one\n2. two\n3. three", n=2)) == "1. one\n2. two\n   - three"


def test_bullets_become_numbers() -> None:
    assert next(numbered_list("- one\n- two", n=2)) == "1. one\n2. two"
