"""Prompts with instructions that code can verify, in the format of IFEval and IFBench: reading and scoring.

Strict: the response meets the instruction as it stands. Loose: it does, or one of up to seven variants of it without
its first line, its last line or its asterisks does (Zhou et al. 2023, arXiv 2311.07911, section 3). Each instruction may
be met by another variant, as in the official code.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from typing import Any

import orjson

from spar_data.constraints.verdict import LONGEST, Verdict
from spar_data.core.errors import SparError
from spar_data.sources.json_rows import read_rows
from spar_eval.responses import Response
from spar_eval.results import Check, Item

Checker = Callable[[str, str, Mapping[str, Any]], Verdict]
"""(instruction id, response, kwargs) to its verdict. A function of a module, or a partial of one: it goes to other
processes."""


Instructions = tuple[tuple[str, dict[str, Any]], ...]

_CHUNK = 200  # responses that go to a process at a time


@dataclass(frozen=True)
class Prompt:
    """instructions: (id, kwargs without nulls), in the order of the data; an id may stand there twice."""

    id: str
    text: str
    instructions: Instructions


def read_prompts(
    source: str, validate: Callable[[str, Mapping[str, Any]], dict[str, Any]], split: str = "train"
) -> list[Prompt]:
    """Rows with key, prompt, instruction_id_list and kwargs, the latter with or without nulls.

    validate: gives the kwargs of an instruction without nulls or raises SparError. Raises SparError naming the row for
    what is missing, unknown, contradictory or there twice.
    """
    prompts: list[Prompt] = []
    keys: set[str] = set()
    for where, row in read_rows(source, split):
        prompt = _prompt(where, row, validate)
        if prompt.id in keys:
            raise SparError(f"{where}: key {prompt.id} is there twice: `spar-eval doctor` lists all such rows")
        keys.add(prompt.id)
        prompts.append(prompt)
    if not prompts:
        raise SparError(f"{source} is empty: rows with key, prompt, instruction_id_list and kwargs are expected")
    return prompts


def digest(prompts: Sequence[Prompt]) -> str:
    """Eight digits that name prompts, instructions and their order."""
    rows = [(p.id, p.text, p.instructions) for p in prompts]
    return hashlib.sha256(orjson.dumps(rows, option=orjson.OPT_SORT_KEYS)).hexdigest()[:8]


def variants(response: str) -> Iterator[str]:
    """What loose scoring looks at besides the response itself, each once, none of them blank."""
    lines = response.split("\n")
    seen = {response}
    for text in (response, *("\n".join(part).strip() for part in (lines[1:], lines[:-1], lines[1:-1]))):
        for variant in (text, text.replace("*", "")):
            if variant not in seen and variant.strip():
                seen.add(variant)
                yield variant


def score(
    prompts: Sequence[Prompt],
    responses: Sequence[Sequence[Response]],
    checkers: Mapping[str, Checker],
    workers: int = 1,
    report: Callable[[str, int], None] = lambda phase, rows: None,
) -> list[Item]:
    """One item per prompt and sample, with a check per instruction.

    checkers: the suffix of the metrics to its checker; "" gives "strict" and "loose". workers: processes; the result does
    not depend on them. report: told (phase, items done since).
    """
    jobs = [(p, i, r) for p, each in zip(prompts, responses, strict=True) for i, r in enumerate(each)]
    chunks = [[(p.instructions, r) for p, _, r in jobs[at : at + _CHUNK]] for at in range(0, len(jobs), _CHUNK)]
    checks: list[tuple[Check, ...]] = []
    if workers < 2 or len(chunks) < 2 * workers:
        for chunk in chunks:
            checks += _checks(chunk, checkers)
            report("score", len(chunk))
    else:
        with ProcessPoolExecutor(workers, get_context("spawn")) as pool:  # polars does not survive a fork
            for done in pool.map(_checks, chunks, [checkers] * len(chunks)):
                checks += done
                report("score", len(done))
    return [_item(*job, each) for job, each in zip(jobs, checks, strict=True)]


def _checks(jobs: Sequence[tuple[Instructions, Response]], checkers: Mapping[str, Checker]) -> list[tuple[Check, ...]]:
    """Strict and loose verdicts; what passes strictly passes loosely, so that variants are for what fails."""
    found = []
    for instructions, response in jobs:
        others = list(variants(response.text)) if len(response.text) <= LONGEST else []
        checks = []
        for name, kwargs in instructions:
            verdicts: dict[str, bool | None] = {}
            reasons = []
            for suffix, checker in checkers.items():
                strict = checker(name, response.text, kwargs)
                verdicts[f"strict{suffix}"] = strict.passed
                verdicts[f"loose{suffix}"] = strict.passed or any(checker(name, v, kwargs).passed for v in others)
                reasons.append(strict.reason)
            checks.append(Check(name, verdicts, response.problem or reasons[0]))
        found.append(tuple(checks))
    return found


def _item(prompt: Prompt, sample: int, response: Response, checks: tuple[Check, ...]) -> Item:
    detail: dict[str, Any] = {"kwargs": [kwargs for _, kwargs in prompt.instructions]}
    if response.thinking:
        detail["thinking"] = response.thinking
    return Item(prompt.id, prompt.text, response.text, checks, sample, "", response.problem, detail)


def _prompt(where: str, row: dict[str, Any], validate: Callable[..., dict[str, Any]]) -> Prompt:
    for name, kind in (("key", int | str), ("prompt", str), ("instruction_id_list", list), ("kwargs", list)):
        if not isinstance(row.get(name), kind):
            raise SparError(f"{where}: '{name}' is missing or of the wrong type: key, prompt, instruction_id_list and kwargs "
                            "(a list with one object per instruction) are expected")  # fmt: skip
    names, kwargs = row["instruction_id_list"], row["kwargs"]
    if not names or len(names) != len(kwargs):
        raise SparError(
            f"{where}: {len(names)} instructions with {len(kwargs)} kwargs: one object for each is expected"
        )
    instructions = []
    for name, values in zip(names, kwargs, strict=True):
        if not isinstance(values, dict):
            raise SparError(f"{where}: kwargs of '{name}' are {values!r}, an object is expected")
        try:
            instructions.append((str(name), validate(str(name), values)))
        except SparError as error:
            raise SparError(f"{where}: {error}") from None
    return Prompt(str(row["key"]), row["prompt"], tuple(instructions))
