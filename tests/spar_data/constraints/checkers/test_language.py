from __future__ import annotations

import pytest
from checker_table import assert_verdict, cases

from spar_data.constraints import run_checker
from spar_data.constraints.checkers.language import is_language
from spar_data.core.errors import SparError

GERMAN = "Der Herbst ist schön, denn die Blätter werden bunt und die Tage kürzer. "
ENGLISH = "Autumn is lovely, for the leaves turn red and the days are getting shorter. "
MARATHI = "मला मराठी येते आणि मी पुण्यात राहतो."
HINDI = "मैं हिंदी बोलता हूँ और दिल्ली में रहता हूँ।"
CODE = "```python\nfor line in open('file'):\n    print('the line is', line, 'and that is all')\n```\n" * 9


@cases(
    (
        "language.is_language",
        {"code": "de"},
        {
            "text": GERMAN,
            "code blocks are ignored": CODE + GERMAN,
            "URLs are ignored": "https://the.example.com/this/is/all/in/english/and/that/is/the/thing " * 5 + GERMAN,
            "short echo of an English instruction": "Here is the text in German: " + GERMAN * 3,
        },
        {
            "English": ENGLISH,
            "English after a German start": GERMAN * 9 + ENGLISH * 30,
            "too little text": "12 ja!",
            "no letters": "12.30",
        },
    ),
    ("language.is_language", {"code": "mr"}, {"Marathi": MARATHI}, {"Hindi": HINDI}),
    ("language.is_language", {"code": "hi"}, {"Hindi": HINDI}, {"Marathi": MARATHI}),
    (
        "language.is_language",
        {"code": "ja"},
        {
            "kana and Han": "私は東京に住んでいます。",
        },
        {"Chinese": "我住在东京，天气很好。"},
    ),
    ("language.is_language", {"code": "th"}, {"Thai": "ฉันรักแมวมาก"}, {"Latin": "chan rak maeo"}),
    (
        "language.is_language",
        {"code": "ko"},
        {
            "with a Latin name": "나는 Python을 좋아합니다.",
        },
        {"Japanese": "私は猫が好きです"},
    ),
)
def test_language(name: str, params: dict[str, object], response: str, passed: bool) -> None:
    assert_verdict(name, params, response, passed)


def test_a_mixed_response_says_so() -> None:
    verdict = run_checker("language.is_language", GERMAN * 30 + ENGLISH * 20, {"code": "de"})
    assert verdict == (False, "parts of the response are in 'en', 'de' asked")


def test_an_unknown_code_is_an_error_and_not_a_failed_response() -> None:
    with pytest.raises(SparError, match="'xx' cannot be detected"):
        is_language("text", code="xx")
