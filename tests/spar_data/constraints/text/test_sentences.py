from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spar_data.constraints.text.sentences import sentences


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("It is 3.14 m wide. See Fig. 2, No. 7.", ["It is 3.14 m wide.", "See Fig. 2, No. 7."]),
        (
            "We buy fruit, etc. daily. Bread, etc. Then we go.",
            ["We buy fruit, etc. daily.", "Bread, etc.", "Then we go."],
        ),
        ("J. R. R. Tolkien wrote it. So did I. Really?!", ["J. R. R. Tolkien wrote it.", "So did I.", "Really?!"]),
        (
            "He left the U.S. in May. I like the U.S. Do you?",
            ["He left the U.S. in May.", "I like the U.S.", "Do you?"],
        ),
        ("Das ist z. B. gut, d.h. fein. Am 3. Mai kam er.", ["Das ist z. B. gut, d.h. fein.", "Am 3. Mai kam er."]),
        ("He is 12. His sister is 3. Both sing.", ["He is 12.", "His sister is 3.", "Both sing."]),
        ("1. First. 2. Second.", ["First.", "2. Second."]),
        ("- one item\n- another item\nA line after\nthe list", ["one item", "another item", "A line after the list"]),
        ("**A bold title**\nText goes on\nhere. More", ["A bold title", "Text goes on here.", "More"]),
        ("(Really.) Yes. **Stop.** Go", ["(Really.)", "Yes.", "**Stop.**", "Go"]),
        ("Well... maybe. Wait… What?", ["Well... maybe.", "Wait…", "What?"]),
        ("他说：“走吧。”我们走了！真的吗？", ["他说：“走吧。”", "我们走了！", "真的吗？"]),
        ("यह अच्छा है। वह भी।", ["यह अच्छा है।", "वह भी।"]),
        ("هل أنت هنا؟ نعم.", ["هل أنت هنا؟", "نعم."]),
        ("Great! 🎉 Next one. 🎉", ["Great!", "🎉 Next one. 🎉"]),
        ("Before.\n```python\nx = 1. + 2.\n```\nAfter.", ["Before.", "After."]),
        ("| a | b |\n|---|---|\n| 1 | 2 |", ["| a | b |", "| 1 | 2 |"]),
        ("See example.com or mail a.b@c.de now.", ["See example.com or mail a.b@c.de now."]),
        ("***\n\n---", []),
    ],
)
def test_sentences_end_where_a_reader_ends_them(text: str, expected: list[str]) -> None:
    assert sentences(text) == expected


@given(
    st.lists(st.sampled_from(["The cat sleeps", "Is it late", "Nobody knows 42 things"]), min_size=1),
    st.sampled_from(".!?…"),
)
def test_plain_sentences_are_all_found(parts: list[str], mark: str) -> None:
    assert sentences(" ".join(part + mark for part in parts)) == [part + mark for part in parts]


@given(st.text(alphabet='aZ.!? \n"”*#-1。中'))
def test_no_letter_is_lost_or_doubled(text: str) -> None:
    kept = [c for sentence in sentences(text) for c in sentence if c.isalpha()]
    assert kept == [c for c in text if c.isalpha()]
