from __future__ import annotations

from checker_table import assert_verdict, cases


@cases(
    (
        "length.characters",
        {"relation": "at most", "n": 5},
        {
            "white space around is not counted": "  hello \n\n",
            "a CRLF line break counts one": "ab\r\ncd",
            "an accented letter counts one": "crème",
        },
        {
            "one too many": "hello!",
            "white space inside is counted": "ab  cd",
        },
    ),
    (
        "length.words",
        {"relation": "exactly", "n": 4},
        {
            "hyphens and apostrophes stay inside": "A well-known cat's tail",
            "curly apostrophe": "I can’t see it",
            "dash between words is none": "one — two — three four",
            "number with separators is one": "It cost 1,234.50 euros",
            "Markdown signs are none": "## **one** two\n- three *four*",
            "Chinese characters count one each": "你好世界。",
            "Thai vowel marks are no words": "ดี มี ปู ดู",
            "Hindi vowel signs do not cut a word": "मुझे हिन्दी अच्छी लगती",
            "decomposed accents do not cut a word": "cafe\u0301 ole\u0301 man\u0303ana si\u0301",
            "mixed scripts": "我用 AI 画",
            "Korean is counted by spaces": "나는 오늘 밥을 먹었다",
            "emojis are none": "one two 🎉 three 🎉 four",
        },
        {
            "five": "one two three four five",
            "three with an echoed number": "three words only",
        },
    ),
    ("length.words", {"relation": "less than", "n": 3}, {"two": "one two"}, {"three is not less": "one two three"}),
    ("length.words", {"relation": "more than", "n": 3}, {"four": "a b c d"}, {"three is not more": "one two three"}),
    (
        "length.sentences",
        {"relation": "exactly", "n": 2},
        {
            "abbreviations": "Dr. Smith met Mr. Jones at 5 p.m. in St. Ives, e.g. for tea. They left.",
            "heading is one": "# A title\nOne sentence here.",
            "a quote that goes on": "“Stop!” he said. She did not.",
            "full-width marks need no space": "今天很好。明天呢？",
        },
        {
            "three": "One. Two. Three.",
            "a lone ellipsis is no sentence": "Only one...  …",
        },
    ),
    (
        "length.paragraphs",
        {"relation": "exactly", "n": 2},
        {
            "several blank lines, with spaces on them": "one\n \n\n\t\ntwo\n",
            "CRLF": "one\r\n\r\ntwo",
        },
        {
            "a single line break is none": "one\ntwo",
            "three": "one\n\ntwo\n\nthree",
        },
    ),
    (
        "length.sections",
        {"marker": "Section", "n": 2},
        {
            "headings": "## Section 1: Start\ntext\n## Section 2\ntext",
            "emphasis and case": "**SECTION 1**\ntext\n*section 2* - more",
            "behind an opening quote": "“Section 1\ntext\nSection 2\ntext”",
            "mentioned inside a line": "Section 1\nas Section 2 will show\nSection 2\ndone",
            "subsections are not counted": "Section 1\nSection 1.1\nSection 2\n",
        },
        {
            "wrong order": "Section 2\ntext\nSection 1\ntext",
            "one too many": "Section 1\nSection 2\nSection 3",
            "12 is not 1": "Section 12\nSection 2",
            "in a code fence": "```\nSection 1\nSection 2\n```",
            "echo of the instruction": "Here is a text with Section 1 and Section 2.",
        },
    ),
    (
        "length.sections",
        {"marker": "第", "n": 2},
        {
            "no space before the number": "第1章\n起\n第2章\n承",
        },
        {"one": "第1章"},
    ),
)
def test_length(name: str, params: dict[str, object], response: str, passed: bool) -> None:
    assert_verdict(name, params, response, passed)
