from __future__ import annotations

from spar_data.constraints.text.markdown import list_items, outside_fences, unwrapped


def test_fences_end_with_their_own_kind_and_length() -> None:
    assert outside_fences("a\n````\n```\nin\n```\n````\nb\n~~~\nin\n```\n~~~\nc\n```\nopen") == ["a", "b", "c"]


def test_unwrapped_needs_one_fence_around_everything() -> None:
    assert unwrapped("```json\n[1]\n```\n") == "[1]"
    assert unwrapped("Here:\n```\n[1]\n```") == "Here:\n```\n[1]\n```"


def test_items_are_nested_by_indent() -> None:
    text = "1. a\n   - b\n2) c\n\n  * d\ntext\n  - e\n  - f\n* * *\n"
    assert [(item.sign, item.nested) for item in list_items(text)] == [
        ("1", False),
        ("-", True),
        ("2", False),
        ("*", True),
        ("-", False),
        ("-", False),
    ]
