from __future__ import annotations

from checker_table import assert_verdict, cases


@cases(
    (
        "template.labelled_parts",
        {"labels": ["Question", "Answer"]},
        {
            "plain": "Question: why?\nAnswer: because.",
            "emphasis and headings": "**Question:** why?\n\n## Answer:\nbecause.",
            "behind an opening quote": '"Question: why?\nAnswer: because."',
            "full-width colon": "Question：why?\nAnswer：because.",
            "emphasis closed before the colon": "**Question**: why?\n**Answer**: because.",
            "label inside a line is text": "Question: what is the Answer: 42?\nAnswer: yes",
        },
        {
            "wrong order": "Answer: because.\nQuestion: why?",
            "twice": "Question: a\nQuestion: b\nAnswer: c",
            "no text behind the first": "Question:\nAnswer: c",
            "no text behind the last": "Question: a\n**Answer:**",
            "only emphasis behind": "Question: **\nAnswer: c",
            "missing": "Question: a",
            "echo in one line": "I will use Question: and Answer: as labels",
            "no colon": "Question\na\nAnswer\nb",
        },
    ),
    (
        "template.labelled_parts",
        {"labels": ["Step", "Step 2"]},
        {
            "a label that begins like another": "Step: a\nStep 2: b",
        },
        {"regular expression signs are text": "St.p: a\nStep 2: b"},
    ),
    (
        "template.multiple_choice",
        {"n": 3},
        {
            "bracket": "Which?\nA) one\nB) two\nC) three",
            "point": "A. one\nB. two\nC. three",
            "two brackets and emphasis": "(A) one\n**(B)** two\n- (C) three",
            "full-width brackets": "A）一\n（B）二\nC）三",
            "initial inside a line": "A) one\nB) two by J. C. Lee\nC) three",
        },
        {
            "four": "A) one\nB) two\nC) three\nD) four",
            "wrong order": "A) one\nC) two\nB) three",
            "in one line": "A) one B) two C) three",
            "no text": "A)\nB)\nC)",
            "two questions": "A) a\nB) b\nC) c\n\nA) a\nB) b\nC) c",
            "abbreviation is no option": "A) a\nB) b\nC.E.O. of all",
        },
    ),
    (
        "template.wrapped",
        {"opening": '"', "closing": '"'},
        {
            "straight": '"text"',
            "curly quotes": " “text” ",
        },
        {
            "nothing between": '""',
            "one sign is not both": '"',
            "text behind": '"text" is all',
            "text before": 'So: "text"',
        },
    ),
    (
        "template.wrapped",
        {"opening": "[START]", "closing": "[END]"},
        {
            "lines": "[START]\ntext\n[END]",
        },
        {"closing missing": "[START] text", "white space between": "[START] \n [END]"},
    ),
)
def test_template(name: str, params: dict[str, object], response: str, passed: bool) -> None:
    assert_verdict(name, params, response, passed)
