from __future__ import annotations

from checker_table import assert_verdict, cases

TABLE = "| a | b |\n|---|:-:|\n| 1 | 2 |"


@cases(
    (
        "text_format.json_document",
        {},
        {
            "object": '{"a": [1, 2.5, null]}',
            "array in a fence": "```json\n[1, 2]\n```",
            "fence of tildes": "~~~\n{}\n~~~",
            "an integer of 5,000 digits": "[" + "9" * 5000 + "]",
        },
        {
            "text before the fence": 'Here you are:\n```json\n{"a": 1}\n```',
            "text behind": '{"a": 1}\nHope this helps!',
            "a value that is no object or array": '"text"',
            "NaN is no JSON": '{"a": NaN}',
            "single quotes": "{'a': 1}",
            "two fences": "```\n[1]\n```\n```\n[2]\n```",
            "deep nesting must not crash": "[" * 200_000,
        },
    ),
    (
        "text_format.markdown_headings",
        {"relation": "exactly", "n": 2},
        {
            "comment in a fence is none": "# A\n```sh\n# comment\n```\n### B",
            "closing signs": "# A #\n## B ##",
        },
        {
            "hashtag is none": "# A\n#tag",
            "empty heading is none": "# A\n##\n",
            "seven signs are none": "# A\n####### B",
        },
    ),
    (
        "text_format.numbered_list",
        {"n": 3},
        {
            "points": "Intro\n1. a\n2. b\n3. c\nOutro",
            "brackets and blank lines": "1) a\n\n2) b\n\n3) c",
            "nested lists are not counted": "1. a\n   1. x\n   2. y\n2. b\n   - z\n3. c",
            "full-width sign without a space": "1、甲\n2、乙\n3、丙",
            "bold numbers": "**1. A**\ntext\n\n**2. B**\ntext\n\n**3. C**",
            "a decimal at the start of a line": "1. a\n2. b\n3. c\n\n4.5 litres are enough",
        },
        {
            "all numbered 1": "1. a\n1. b\n1. c",
            "one too many": "1. a\n2. b\n3. c\n4. d",
            "wrong order": "1. a\n3. c\n2. b",
            "in a fence": "```\n1. a\n2. b\n3. c\n```",
            "in one line": "1. a 2. b 3. c",
            "starts at zero": "0. a\n1. b\n2. c\n3. d",
        },
    ),
    (
        "text_format.bullets",
        {"n": 2},
        {
            "mixed signs": "* a\n• b",
            "nested bullets are not counted": "- a\n  - x\n    - y\n- b",
            "a rule is none": "- a\n- b\n\n- - -\n",
            "bold line is none": "- a\n- b\n**bold** text",
            "indented as a whole": "  - a\n  - b",
            "check boxes": "- [ ] a\n- [x] b",
        },
        {
            "three": "- a\n- b\n- c",
            "below a numbered item": "1. x\n   - a\n   - b",
            "no space behind the sign": "-a\n-b",
            "a dash is no bullet": "– a\n– b",
        },
    ),
    (
        "text_format.table",
        {"columns": 2},
        {
            "with pipes outside": "Look:\n\n" + TABLE,
            "without pipes outside": "a | b\n--- | ---\n1 | 2",
            "escaped pipe stays in its cell": "| a | b |\n|---|---|\n| x \\| y | 2 |",
            "empty cell": "| a | b |\n|---|---|\n| | 2 |",
            "text below ends the table": TABLE + "\nThat is all.",
            "second of two tables": "| a |\n|---|\n| 1 |\n\n" + TABLE,
        },
        {
            "ragged row": TABLE + "\n| 3 |",
            "no separator": "| a | b |\n| 1 | 2 |",
            "no body row": "| a | b |\n|---|---|",
            "three columns": "| a | b | c |\n|---|---|---|\n| 1 | 2 | 3 |",
            "separator with another count": "| a | b |\n|---|\n| 1 | 2 |",
            "in a fence": f"```\n{TABLE}\n```",
            "pipes alone": "|\n|\n|",
        },
    ),
    (
        "text_format.postscript",
        {"marker": "P.S."},
        {
            "last paragraph": "Dear all,\n\nwelcome.\n\nP.S. Bring cake.",
            "emphasis and case": "Text.\n\n**p.s.** Bring cake.",
            "right below the signature": "Text.\n\nLove,\nAnna\nP.S. Bring cake.",
        },
        {
            "not in the last paragraph": "P.S. first\n\nLast words.",
            "inside a line": "Text.\n\nI add a P.S. here.",
            "without text": "Text.\n\nP.S.",
            "another marker": "Text.\n\nP.P.S. Bring cake.",
        },
    ),
)
def test_text_format(name: str, params: dict[str, object], response: str, passed: bool) -> None:
    assert_verdict(name, params, response, passed)
