from __future__ import annotations

from checker_table import assert_verdict, cases

from spar_data.constraints import run_checker


@cases(
    (
        "punctuation.absent",
        {"mark": ","},
        {"other marks": "No comma here; none."},
        {
            "full-width comma": "你好，世界",
            "enumeration comma": "苹果、梨",
            "in a number": "1,000 words",
        },
    ),
    ("punctuation.absent", {"mark": "，"}, {"the Western mark is another": "a, b"}, {"itself": "你好，世界"}),
    ("punctuation.absent", {"mark": "!"}, {"none": "Calm."}, {"full-width": "好！"}),
    ("punctuation.absent", {"mark": "?"}, {"none": "Calm."}, {"full-width": "好？"}),
    ("punctuation.absent", {"mark": ";"}, {"none": "a, b"}, {"full-width": "好；"}),
    ("punctuation.absent", {"mark": ":"}, {"none": "a - b"}, {"full-width": "好：", "time": "at 12:30"}),
    ("punctuation.absent", {"mark": "."}, {"none": "Calm!"}, {"full-width": "好。", "decimal": "3.5"}),
    ("punctuation.absent", {"mark": '"'}, {"apostrophe": "it's"}, {"curly": "so-called “art”"}),
    (
        "punctuation.count",
        {"mark": "!", "relation": "exactly", "n": 3},
        {
            "both forms": "One! 二！ Three!",
            "in a row": "Wow!!!",
        },
        {"two": "One! Two!"},
    ),
    (
        "punctuation.count",
        {"mark": "...", "relation": "exactly", "n": 2},
        {
            "the sign for three points": "Well... and…",
            "six points are two": "Well......",
        },
        {"four points are one": "Well...."},
    ),
    ("punctuation.starts", {"mark": "¿"}, {"emphasis": "**¿Qué?**"}, {"later": "Dime: ¿qué?"}),
    (
        "punctuation.ends",
        {"mark": "!"},
        {
            "white space": "Great!\n",
            "emphasis": "**Great!**",
            "full-width": "太好了！",
        },
        {
            "text behind": "Great! Bye",
            "closing quote": 'He said "Great!"',
        },
    ),
    ("punctuation.ends", {"mark": "*"}, {"emphasis as the mark itself": "done *"}, {"none": "done"}),
)
def test_punctuation(name: str, params: dict[str, object], response: str, passed: bool) -> None:
    assert_verdict(name, params, response, passed)


def test_reason_says_how_many_and_where() -> None:
    assert (
        run_checker("punctuation.absent", "a, b，c", {"mark": ","}).reason
        == "2 occurrences of ',', first at character 2"
    )
    assert (
        run_checker("punctuation.ends", "So, thanks.", {"mark": "!"}).reason == "ends with 'So, thanks.', not with '!'"
    )
