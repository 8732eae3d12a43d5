"""Problems with gold answers: GSM8K and ARC rows, and the prompt that a model gets."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from spar_data.core.errors import SparError
from spar_data.core.ids import row_id
from spar_data.models import Message, Unparsed, fill
from spar_data.selfplay.gold.answers import Gold, answer_text, gold_number
from spar_data.selfplay.records import Dialogue
from spar_data.sources.json_rows import JsonRow, read_rows

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
    """A problem with its gold answer. `id` is the hash of the prompt.

    solution: a worked solution in the form that replies have, "" if the data holds none.
    """

    id: str
    prompt: str
    gold: Gold
    solution: str


def read_problems(source: str, limit: int = 0) -> Iterator[Problem]:
    """The problems of a file (or folder, or name on the Hub), each once. limit: only the first ones; 0 = all.

    A row is GSM8K's (question; answer, which ends in "#### NUMBER") or ARC's (question; choices with text and label;
    answerKey). Raises SparError naming row and field.
    """
    ids: set[str] = set()
    for where, row in read_rows(source):
        problem = _problem(where, row)
        if problem.id not in ids:
            ids.add(problem.id)
            yield problem
            if len(ids) == limit:
                return
    if not ids:
        raise SparError(f"{source}: it holds no problems: rows with question and answer, or choices, are expected")


def solved_dialogue(recipe: str, problem: Problem, reply: str, source: list[str]) -> Dialogue:
    """The problem's own prompt and a right reply to it."""
    messages = [Message("user", problem.prompt), Message("assistant", reply)]
    return Dialogue.of("actor", recipe, problem.id, messages, "", source)


def _problem(where: str, row: JsonRow) -> Problem:
    question = _text(where, row, "question")
    if "choices" in row or "answerKey" in row:
        gold = _choice(where, row)
        options = "\n".join(f"{label}) {text}" for label, text in gold.options)
        prompt = fill(_LABEL, question=question, options=options)
        return Problem(row_id(prompt), prompt, gold, "")
    answer = _text(where, row, "answer")
    value = gold_number(answer)
    if isinstance(value, Unparsed):
        expected = "a solution that ends in a line '#### NUMBER' is expected"
        raise SparError(f"{where}: 'answer' has {value.reason}: {expected}")
    prompt = fill(_NUMBER, question=question)
    return Problem(row_id(prompt), prompt, Gold(value), _solution(answer, value))


def _solution(answer: str, gold: Fraction) -> str:
    """GSM8K's solution without its calculator marks, `<<3+4=7>>`, with the last line that replies should have."""
    steps = re.sub(r"<<[^<>]*>>", "", answer.rpartition("####")[0]).strip()
    return f"{steps}\nThe answer is {answer_text(gold)}." if steps else ""


def _choice(where: str, row: JsonRow) -> Gold:
    choices = row.get("choices")
    options = choices if isinstance(choices, dict) else {}
    texts, labels = _texts(options.get("text")), _texts(options.get("label"))
    if texts is None or labels is None:
        raise SparError(f"{where}: 'choices' should be an object with two lists of texts, 'text' and 'label'")
    if len(texts) != len(labels) or len(labels) < 2 or len(set(labels)) != len(labels):
        raise SparError(f"{where}: 'choices' has {len(texts)} texts, labels {labels}: a label of its own for each text")
    key = row.get("answerKey")
    if not isinstance(key, str) or key not in labels:
        raise SparError(f"{where}: 'answerKey' is {key!r}: one of {', '.join(labels)} is expected")
    return Gold(key, tuple(zip(labels, texts, strict=True)))


def _texts(value: object) -> list[str] | None:
    """The value if it is a list of texts, else None."""
    return value if isinstance(value, list) and all(isinstance(text, str) for text in value) else None


def _text(where: str, row: JsonRow, field: str) -> str:
    value = row.get(field)
    if not isinstance(value, str) or not value.strip():
        raise SparError(f"{where}: {field!r} is missing or no text: a problem with its gold answer is expected")
    return value.strip()
