"""Problems with gold answers: GSM8K and ARC rows, and the prompt that a model gets."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from spar_data.core.errors import SparError
from spar_data.core.ids import row_id
from spar_data.models import Unparsed, fill
from spar_data.selfplay.gold.answers import Choice, Gold, Number, gold_number
from spar_data.sources.json_rows import Row, read_rows

_NUMBER = """\
{question}

Think step by step. Then end with a line of this form, with a number and nothing else in its place:
The answer is NUMBER."""
_LABEL = """\
{question}

{options}

Think step by step. Then end with a line of this form, with the letter of the right option:
The answer is LETTER."""


@dataclass(frozen=True)
class Problem:
    """`id` is the hash of the prompt. solution: a worked one in the form that replies have, "" if the data holds none."""

    id: str
    prompt: str
    gold: Gold
    solution: str

    @property
    def kind(self) -> str:
        return "number" if isinstance(self.gold, Number) else "choice"


def problems(source: str, limit: int = 0) -> Iterator[Problem]:
    """Problems of a file (or folder, or name on the Hub), once each. Raises SparError naming row and field.

    A row is GSM8K's (question; answer, which ends in "#### NUMBER") or ARC's (question; choices with text and label;
    answerKey).
    """
    seen: set[str] = set()
    for where, row in read_rows(source):
        problem = _problem(where, row)
        if problem.id not in seen:
            seen.add(problem.id)
            yield problem
            if len(seen) == limit:
                return
    if not seen:
        raise SparError(f"{source}: no problems in it: rows with question and answer, or choices, are expected")


def _problem(where: str, row: Row) -> Problem:
    question = _text(where, row, "question")
    if "choices" in row or "answerKey" in row:
        gold = _choice(where, row)
        options = "\n".join(f"{label}) {text}" for label, text in gold.options)
        prompt = fill(_LABEL, question=question, options=options)
        return Problem(row_id(prompt), prompt, gold, "")
    answer = _text(where, row, "answer")
    value = gold_number(answer)
    if isinstance(value, Unparsed):
        raise SparError(
            f"{where}: 'answer' has {value.reason}: a solution that ends in a line '#### NUMBER' is expected"
        )
    prompt = fill(_NUMBER, question=question)
    return Problem(row_id(prompt), prompt, Number(value), _solution(answer, Number(value)))


def _solution(answer: str, gold: Number) -> str:
    """GSM8K's solution without its calculator marks, `<<3+4=7>>`, ending as replies are told to."""
    steps = re.sub(r"<<[^<>]*>>", "", answer.rpartition("####")[0]).strip()
    return f"{steps}\nThe answer is {gold}." if steps else ""


def _choice(where: str, row: Row) -> Choice:
    choices = row.get("choices")
    texts, labels = (choices.get("text"), choices.get("label")) if isinstance(choices, dict) else (None, None)
    lists = isinstance(texts, list) and isinstance(labels, list)
    if not lists or not all(isinstance(each, str) for each in [*texts, *labels]):  # type: ignore[misc]
        raise SparError(f"{where}: 'choices' should be an object with two lists of texts, 'text' and 'label'")
    if len(texts) != len(labels) or len(labels) < 2 or len(set(labels)) != len(labels):  # type: ignore[arg-type]
        raise SparError(f"{where}: 'choices' has {len(texts)} texts, labels {labels}: a label of its own for each text")  # type: ignore[arg-type]
    key = row.get("answerKey")
    if key not in labels:  # type: ignore[operator]
        raise SparError(f"{where}: 'answerKey' is {key!r}: one of {', '.join(labels)} is expected")  # type: ignore[arg-type]
    return Choice(key, tuple(zip(labels, texts, strict=True)))  # type: ignore[arg-type]


def _text(where: str, row: Row, field: str) -> str:
    value = row.get(field)
    if not isinstance(value, str) or not value.strip():
        raise SparError(f"{where}: {field!r} is missing or no text: a problem with its gold answer is expected")
    return value.strip()
