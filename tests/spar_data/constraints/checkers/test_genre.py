from __future__ import annotations

from checker_table import assert_verdict, cases


@cases(
    ("genre.poem_lines", {"n": 3}, {"stanzas": "a\nb\n\nc\n"}, {"with a title": "Title\n\na\nb\nc"}),
    (
        "genre.script_lines",
        {"n": 3},
        {
            "directions and emphasis": "ANNA: Hi.\n(pause)\n**BEN (softly):** Hello.\nANNA [aside]: Hm.",
            "full-width colon": "小明：你好\n小红：你好\n小明：再见",
            "names of several words": "Dr. Smith: Yes\nFirst Guard: No\nO'Neil: Yes",
        },
        {
            "one speaker": "ANNA: a\nANNA: b\nAnna: c",
            "two lines": "ANNA: a\nBEN: b",
            "nothing said": "ANNA: a\nBEN:\nANNA: (nods)",
            "prose with colons": "we saw three things: cats\nand then there were also two more: dogs\nin the end: birds",
            "times": "12:30 a\n12:40 b\n12:50 c",
        },
    ),
    (
        "genre.letter",
        {"greeting": "Dear", "closing": "Yours sincerely"},
        {
            "signature below": "\nDear Ms Lee,\n\ntext\n\nYours sincerely,\nAnna\nP.S. Hi",
            "case and emphasis": "**dear Ms Lee**\ntext\n*YOURS SINCERELY*",
        },
        {
            "longer word": "Dearest Ms Lee,\ntext\nYours sincerely",
            "talk before": "Here is your letter:\nDear Ms Lee\nYours sincerely",
            "closing too early": "Dear Ms Lee\nYours sincerely\na\nb\nc",
            "closing in the greeting's line": "Dear Ms Lee, Yours sincerely",
        },
    ),
    (
        "genre.hashtag_post",
        {"limit": 20},
        {
            "short": "Good day #sun",
            "digits before letters": "#2fast",
            "other scripts": "今天 #天气",
        },
        {
            "too long": "This is rather long #sun",
            "no hashtag": "Good day",
            "number": "We are #1",
            "heading": "# Good day",
            "language": "I like C# code",
        },
    ),
)
def test_genre(name: str, params: dict[str, object], response: str, passed: bool) -> None:
    assert_verdict(name, params, response, passed)
