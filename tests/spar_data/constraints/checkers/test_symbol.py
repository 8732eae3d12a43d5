from __future__ import annotations

import pytest
from checker_table import assert_verdict, cases
from hypothesis import given
from hypothesis import strategies as st

from spar_data.constraints import run_checker

FAMILY = "👨\u200d👩\u200d👧\u200d👦"


@cases(
    (
        "symbol.title",
        {},
        {
            "below blank lines": "\n\n<<My Trip>>\ntext",
            "behind an opening quote": "“<<My Trip>>\ntext”",
            "heading and emphasis": "# **<<My Trip>>**\ntext",
        },
        {
            "not in the first line": "Here it is:\n<<My Trip>>",
            "no text": "<< >>\ntext",
            "single brackets": "<My Trip>\ntext",
            "text behind": "<<My Trip>> is great",
            "two titles": "<<a>> and <<b>>",
            "angle quotes are others": "«My Trip»\ntext",
            "overlapping brackets": "<<>",
        },
    ),
    (
        "symbol.placeholders",
        {"n": 2},
        {
            "two": "Dear [name], meet [place].",
            "a label": "[Name]: Anna\n[City]: Bonn",
            "in a code block of a template": "```\nHi [name], from [sender]\n```",
            "right after a Chinese character": "尊敬的[姓名]，您好，[公司]",
        },
        {
            "twice the same": "Dear [name], [Name]!",
            "links": "[one](https://a.example) and [two][ref]",
            "images": "![one](a.png) ![two](b.png)",
            "check boxes": "- [ ] a\n- [x] b\n* [X] c",
            "footnotes and citations": "text [1] more [^note] end [2]",
            "index and strings": 'a[i] = b[j]; ["x"] ["y"]',
            "link targets": "[one]: https://a.example\n[two]: <https://b.example>",
        },
    ),
    (
        "symbol.custom",
        {"symbol": "***", "relation": "exactly", "n": 2},
        {
            "without overlaps": "a\n***\nb\n***",
            "six in a row": "******",
        },
        {"five in a row are one": "*****"},
    ),
    (
        "symbol.custom",
        {"symbol": "→", "relation": "at least", "n": 1},
        {
            "arrow": "a → b",
        },
        {"other arrow": "a -> b ⇒ c"},
    ),
)
def test_symbol(name: str, params: dict[str, object], response: str, passed: bool) -> None:
    assert_verdict(name, params, response, passed)


@pytest.mark.parametrize(
    ("text", "count"),
    [
        (FAMILY, 1),
        ("👍🏽👍🏽", 2),
        ("☝🏽", 1),
        ("🇩🇪🇫🇷", 2),
        ("🏴\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f", 1),  # the flag of Scotland
        ("1️⃣ #️⃣", 2),
        ("❤️ ☀️", 2),
        ("❤️\u200d🔥 🏳️\u200d🌈 🤷🏻\u200d♀️", 3),
        ("😀😀😀", 3),
        ("✅ ⭐ ⌚", 3),
        ("1 2 3 # * © ® ™ ©️", 0),
        ("✓ → ★ ♥ ∞", 0),
        ("⌚\ufe0e", 0),  # asks to be shown as text
        ("🫠🥹", 2),
    ],
)
def test_emojis_are_counted_as_seen(text: str, count: int) -> None:
    verdict = run_checker("symbol.emojis", f"x {text}", {"relation": "exactly", "n": count})
    assert verdict.passed, verdict.reason


@given(st.lists(st.sampled_from([FAMILY, "👍🏽", "❤️", "🎉", "1️⃣"])))
def test_emojis_with_spaces_between_add_up(emojis: list[str]) -> None:
    assert run_checker("symbol.emojis", "x " + " ".join(emojis), {"relation": "exactly", "n": len(emojis)}).passed
