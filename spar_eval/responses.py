"""Responses to the prompts of a benchmark: asked of a model, or read. Both come out as the same rows."""

from __future__ import annotations

import operator
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias

import polars as pl

from spar_data.core.errors import SparError
from spar_data.models import Answer, AnyModel, Completion, Failure
from spar_data.models.phases import Phases
from spar_data.models.thinking import split_thinking
from spar_data.sources.json_rows import JsonRow, RowSource, json_lines, read_rows
from spar_eval.config import ResponseConfig

ResponseSource: TypeAlias = "RowSource | Sequence[str]"
"""A JSON Lines file, one text for each prompt, mappings, or a frame."""

_IDS = ("id", "key")
_CAUSES_OF_THE_MODEL = ("length", "empty", "content_filter", "malformed", "too long")


@dataclass(frozen=True)
class ResponseSample:
    """One response. text: without thinking; "" if there is none, and then `problem` says why."""

    text: str
    thinking: str = ""
    problem: str = ""

    @classmethod
    def of(cls, answer: Answer) -> ResponseSample:
        if isinstance(answer, Completion):
            return cls(answer.text, answer.thinking)
        return cls("", problem=str(answer))


@dataclass
class ResponseSet:
    """The responses to a list of prompts.

    samples: by prompt, the same number for each. counts, notes: what was wrong with the file they were read from.
    """

    samples: list[list[ResponseSample]]
    counts: Counter[str] = field(default_factory=Counter)
    notes: list[str] = field(default_factory=list)


def ask_for_responses(model: AnyModel, prompts: Sequence[str], config: ResponseConfig, phases: Phases) -> ResponseSet:
    """Asks a model. A sample that was cut off, empty or refused becomes a response without text that says so.

    Raises SparError if calls failed for reasons outside the model, e.g. no connection or a spent budget: these say nothing
    about the model. With `config.partial` they count as failed responses.
    """
    answers = phases.ask("respond", model, [config.request(prompt) for prompt in prompts])
    lost = Counter(
        answer.cause
        for samples in answers
        for answer in samples
        if isinstance(answer, Failure) and answer.cause not in _CAUSES_OF_THE_MODEL
    )
    if lost and not config.partial:
        causes = ", ".join(f"{count:,} x {cause}" for cause, count in lost.most_common())
        raise SparError(
            f"{lost.total():,} of {sum(map(len, answers)):,} responses could not be had ({causes}), so nothing is scored. The "
            "others are stored, and the same command asks for the missing ones; --partial scores them as failed"
        )
    return ResponseSet([list(map(ResponseSample.of, samples)) for samples in answers])


def require_model_or_responses(model: AnyModel | None, responses: ResponseSource | None) -> None:
    """Raises SparError if neither or both are given."""
    if (model is None) == (responses is None):
        raise SparError(
            "one of --model SPEC (let it respond) and --responses FILE (score these) is expected; in Python, one of model "
            "and responses"
        )


def responses_name(responses: ResponseSource | None) -> str:
    """What a result calls the model behind responses: the name of their file."""
    return Path(responses).name if isinstance(responses, str | Path) else "responses"


def read_responses(
    source: ResponseSource, prompts: Mapping[str, str], scored: Sequence[str] | None = None
) -> ResponseSet:
    """Reads rows with "prompt" and "response" as Google's files have them, or with "id" or "key", "sample" and "response".

    prompts: the texts of all prompts of the data, by id. scored: ids of those whose responses are returned; None: all.

    A row belongs to the prompt of its id, else to that of its text, ignoring surrounding white space. If some texts are
    unknown, but there is one row for each prompt and nine in ten stand at their prompt's place, the others are matched by
    place too: wordings change between releases of a benchmark. Plain texts are one for each scored prompt, in order.
    Thinking is removed. A prompt without a row gets a response with the problem "missing"; a second row for a prompt and
    sample is counted and ignored.

    Raises SparError naming the line of a row that is no JSON object, has no text as response, or belongs to no prompt, and
    for another number of texts.
    """
    scored = list(prompts) if scored is None else scored
    if isinstance(source, str | Path):
        rows = list(json_lines(Path(source)))
    elif not isinstance(source, pl.DataFrame) and all(isinstance(text, str) for text in source):
        if len(source) != len(scored):
            raise SparError(f"{len(source):,} responses for {len(scored):,} prompts: one for each is expected")
        texts = zip(scored, source, strict=True)
        rows = [(f"response {at}", {"id": name, "response": text}) for at, (name, text) in enumerate(texts, 1)]
    else:
        rows = list(read_rows(source))  # type: ignore[arg-type]  # no text is among the rows
    read = ResponseSet([])
    by_prompt: defaultdict[str, dict[int, ResponseSample]] = defaultdict(dict)
    for (where, row), name in zip(rows, _prompts_of(rows, prompts, read), strict=True):
        sample = row.get("sample", 0)
        if type(sample) is not int or sample < 0:
            raise SparError(f"{where}: 'sample' is {sample!r}, a whole number from 0 up is expected")
        if sample in by_prompt[name]:
            read.counts["duplicate"] += 1
            read.notes.append(f"{where}: a second response to prompt {name}, sample {sample}; the first one counts")
            continue
        by_prompt[name][sample] = _response(row, where)
    size = 1 + max((max(samples) for samples in by_prompt.values()), default=0)
    missing = ResponseSample("", problem="missing")
    read.samples = [[by_prompt[name].get(sample, missing) for sample in range(size)] for name in scored]
    return read


def _prompts_of(rows: Sequence[tuple[str, JsonRow]], prompts: Mapping[str, str], read: ResponseSet) -> list[str]:
    """The id of the prompt that each row belongs to. Counts and notes what was matched by place."""
    ids = list(prompts)
    by_text = {text.strip(): name for name, text in prompts.items()} | {text: name for name, text in prompts.items()}
    matches = [_match(row, prompts, by_text) for _, row in rows]
    unknown = matches.count(None)
    in_place = sum(map(operator.eq, matches, ids))
    if unknown and len(rows) == len(ids) == in_place + unknown and in_place >= 0.9 * len(ids):
        others = [name for name, match in zip(ids, matches, strict=True) if match is None]
        read.counts["matched by place"] = unknown
        read.notes.append(
            f"the responses to these prompts are to another wording, they were matched by place: {', '.join(others)}"
        )
        return ids
    if unknown:
        where, row = rows[matches.index(None)]
        name = next((f"{key} {row[key]!r}" for key in _IDS if key in row), f"prompt {str(row.get('prompt'))[:60]!r}")
        raise SparError(
            f"{where}: {name} is not in the data ({unknown:,} such lines): the id or the text of a prompt is expected"
        )
    return [match for match in matches if match is not None]


def _match(row: JsonRow, prompts: Mapping[str, str], by_text: Mapping[str, str]) -> str | None:
    for key in _IDS:
        if key in row and str(row[key]) in prompts:
            return str(row[key])
    prompt = row.get("prompt")
    return by_text.get(prompt, by_text.get(prompt.strip())) if isinstance(prompt, str) else None


def _response(row: JsonRow, where: str) -> ResponseSample:
    text = row.get("response")
    problem = row.get("problem") or row.get("failure") or ""
    if not isinstance(text, str):
        if text is None and problem:
            return ResponseSample("", problem=str(problem))
        raise SparError(f"{where}: 'response' is {text!r}, text is expected")
    thinking, answer = split_thinking(text)
    if not answer.strip():
        problem = problem or ("thinking but no answer" if thinking else "empty")
    return ResponseSample(answer, thinking or str(row.get("thinking") or ""), str(problem))
