"""Rows of GSM8K and ARC as problems."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from spar_data.core.errors import SparError
from spar_data.selfplay.gold.problems import read_problems


def _write(file: Path, *rows: object) -> str:
    file.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return str(file)


_ARC = {
    "id": "x",
    "question": "Which?",
    "choices": {"text": ["tin", "{question}"], "label": ["A", "B"]},
    "answerKey": "B",
}


def test_problems(tmp_path: Path) -> None:
    row = {"question": " How {many}? ", "answer": "3+4=<<3+4=7>>7 eggs\n#### 1,007"}
    rows = list(read_problems(_write(tmp_path / "p.jsonl", row, row, _ARC)))
    assert [len(p.gold.options) for p in rows] == [0, 2] and rows[0].gold.answer == 1007
    assert rows[0].prompt.startswith("How {many}?\n") and rows[0].solution == "3+4=7 eggs\nThe answer is 1007."
    assert "A) tin\nB) {question}" in rows[1].prompt and rows[1].gold.answer == "B" and not rows[1].solution
    assert len(list(read_problems(str(tmp_path / "p.jsonl"), 1))) == 1


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ({"answer": "#### 3"}, "'question' is missing"),
        ({"question": "q", "answer": "3"}, "no ####"),
        ({"question": "q", "answer": "#### three"}, "no single number"),
        ({"question": "q", "answer": "#### 3 or 4"}, "no single number"),
        ({"question": "q"}, "'answer' is missing"),
        ({**_ARC, "choices": ["tin"]}, "two lists"),
        ({**_ARC, "choices": {"text": ["a"], "label": ["A", "B"]}}, "a label of its own"),
        ({**_ARC, "choices": {"text": ["a", "b"], "label": ["A", "A"]}}, "a label of its own"),
        ({**_ARC, "answerKey": "E"}, "one of A, B"),
    ],
)
def test_rows_that_are_no_problems(row: object, message: str, tmp_path: Path) -> None:
    with pytest.raises(SparError, match=message) as error:
        list(read_problems(_write(tmp_path / "p.jsonl", _ARC, row)))
    assert "line 2" in str(error.value)
