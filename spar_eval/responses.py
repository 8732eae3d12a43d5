"""Responses to the prompts of a benchmark: read from a file, or asked of a model. Both come out as the same rows."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from spar_data.core.errors import SparError
from spar_data.models import Answer, Budget, Completion, Failure, Limits, Report, Store, Tally, complete, silent
from spar_data.models.sampling import Sampling
from spar_data.models.thinking import split_thinking
from spar_data.sources.json_rows import json_lines

_IDS = ("id", "key")


@dataclass(frozen=True)
class Response:
    """text: without thinking; "" if there is none, and then problem says why."""

    text: str
    thinking: str = ""
    problem: str = ""


@dataclass
class Responses:
    """samples: by prompt, as many for each as there are. counts, notes: what was wrong with a file."""

    samples: list[list[Response]]
    counts: Counter[str] = field(default_factory=Counter)
    notes: list[str] = field(default_factory=list)


_OF_THE_MODEL = ("length", "empty", "content_filter", "malformed", "too long")


def generate(
    spec: str,
    prompts: Sequence[str],
    sampling: Sampling,
    store: Store,
    limits: Limits | Budget = Limits(),
    report: Report = silent,
    partial: bool = False,
) -> tuple[Responses, Tally]:
    """Asks a model. A sample that was cut off, empty or refused is a response without text that says so.

    Raises SparError if calls failed for reasons that are not the model's (no connection, a budget that is spent): they say
    nothing about it. partial: they count like the others all the same.
    """
    answers, tally = complete(spec, [sampling.request(prompt) for prompt in prompts], store, limits, report)
    lost = Counter(a.cause for each in answers for a in each if isinstance(a, Failure) and a.cause not in _OF_THE_MODEL)
    if lost and not partial:
        causes = ", ".join(f"{count:,} x {cause}" for cause, count in lost.most_common())
        raise SparError(
            f"{lost.total():,} of {tally.total or 0:,} responses could not be had ({causes}), so nothing is scored. The others "
            f"are kept: the same command asks for these again; --partial scores them as failed"
        )
    return Responses([[told(answer) for answer in each] for each in answers]), tally


def told(answer: Answer) -> Response:
    """An answer of the model layer as a response."""
    if isinstance(answer, Completion):
        return Response(answer.text, answer.thinking)
    return Response("", problem=str(answer))


def load(file: Path, ids: Sequence[str], prompts: Sequence[str]) -> Responses:
    """Reads JSON Lines: {"prompt", "response"} as Google's files have it, or "id" or "key", "sample" and "response".

    A line belongs to the prompt of its id, else to that of its text, white space around it aside. Where some texts are
    unknown but the file has one line for each prompt and nine in ten of them stand at the prompt's own place, the others
    go by their place too: wordings change between releases of a benchmark. Thinking is taken off. A prompt without a line
    gets a response whose problem is "missing"; a second line for the same prompt and sample is counted and left out.

    Raises SparError naming the line for what is no JSON object, has no text as response, or belongs to no prompt.
    """
    rows = list(json_lines(file))
    by_id = {each: at for at, each in enumerate(ids)}
    by_text = {each.strip(): at for at, each in enumerate(prompts)} | {each: at for at, each in enumerate(prompts)}
    places = [_place(row, by_id, by_text) for _, row in rows]
    counts: Counter[str] = Counter()
    notes: list[str] = []
    if None in places:
        in_place = sum(at == number for number, at in enumerate(places))
        if len(rows) == len(prompts) and in_place >= 0.9 * len(prompts) and places.count(None) + in_place == len(rows):
            counts["matched by place"] = places.count(None)
            others = ", ".join(ids[at] for at, place in enumerate(places) if place is None)
            notes.append(f"the responses to these prompts are to another wording, they were matched by place: {others}")
            places = list(range(len(rows)))
        else:
            where, row = rows[places.index(None)]
            name = next((f"{k} {row[k]!r}" for k in _IDS if k in row), f"prompt {str(row.get('prompt'))[:60]!r}")
            raise SparError(
                f"{where}: {name} is not in the data ({places.count(None):,} such lines): the id or the text "
                f"of a prompt is expected"
            )
    found: defaultdict[int, dict[int, Response]] = defaultdict(dict)
    for (where, row), at in zip(rows, places, strict=True):
        assert at is not None
        sample = row.get("sample", len(found[at]) if "sample" in row else 0)
        if type(sample) is not int or sample < 0:
            raise SparError(f"{where}: 'sample' is {sample!r}, a whole number from 0 up is expected")
        if sample in found[at]:
            counts["duplicate"] += 1
            notes.append(f"{where}: a second response to prompt {ids[at]}, sample {sample}; the first one counts")
            continue
        found[at][sample] = _response(row, where)
    most = 1 + max((max(each) for each in found.values()), default=0)
    missing = Response("", problem="missing")
    samples = [[found[at].get(i, missing) for i in range(most)] for at in range(len(prompts))]
    return Responses(samples, counts, notes)


def _place(row: dict[str, Any], by_id: dict[str, int], by_text: dict[str, int]) -> int | None:
    for name in _IDS:
        if name in row and str(row[name]) in by_id:
            return by_id[str(row[name])]
    prompt = row.get("prompt")
    return by_text.get(prompt, by_text.get(prompt.strip())) if isinstance(prompt, str) else None


def _response(row: dict[str, Any], where: str) -> Response:
    text = row.get("response")
    problem = row.get("problem") or row.get("failure") or ""
    if not isinstance(text, str):
        if text is None and problem:
            return Response("", problem=str(problem))
        raise SparError(f"{where}: 'response' is {text!r}, text is expected")
    thinking, answer = split_thinking(text)
    if not answer.strip():
        problem = problem or ("thinking but no answer" if thinking else "empty")
    return Response(answer, thinking or str(row.get("thinking") or ""), str(problem))
