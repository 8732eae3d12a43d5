"""Prompts with instructions that code can verify, in the format of IFEval and IFBench."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from os import PathLike
from typing import Any

import orjson

from spar_data.core.errors import SparError
from spar_data.sources.json_rows import JsonRow, RowSource, read_rows

Parameters = dict[str, Any]
Instructions = tuple[tuple[str, Parameters], ...]
Validate = Callable[[str, Mapping[str, object]], Parameters]
"""(instruction id, parameters) to the parameters without nulls. Raises SparError for unknown ids and parameters."""


@dataclass(frozen=True)
class BenchmarkPrompt:
    """A prompt of a benchmark. instructions: (id, parameters) in the order of the data; an id may occur twice."""

    id: str
    text: str
    instructions: Instructions


def load_prompts(source: RowSource, validate: Validate) -> list[BenchmarkPrompt]:
    """Reads rows with key, prompt, instruction_id_list and kwargs; the latter with or without nulls.

    Raises SparError naming the row if something is missing, unknown, contradictory or there twice.
    """
    prompts: dict[str, BenchmarkPrompt] = {}
    for where, row in read_rows(source):
        prompt = _prompt(where, row, validate)
        if prompt.id in prompts:
            raise SparError(f"{where}: key {prompt.id} is there twice: `spar-eval doctor` lists all such rows")
        prompts[prompt.id] = prompt
    if not prompts:
        raise SparError(
            f"{source_name(source)} is empty: rows with key, prompt, instruction_id_list and kwargs are expected"
        )
    return list(prompts.values())


def source_name(source: object) -> str:
    return str(source) if isinstance(source, str | PathLike) else "given in memory"


def digest(prompts: Sequence[BenchmarkPrompt]) -> str:
    """Eight digits that identify prompts, instructions and their order."""
    rows = [(prompt.id, prompt.text, prompt.instructions) for prompt in prompts]
    return hashlib.sha256(orjson.dumps(rows, option=orjson.OPT_SORT_KEYS)).hexdigest()[:8]


def _prompt(where: str, row: JsonRow, validate: Validate) -> BenchmarkPrompt:
    for name, kind in (("key", int | str), ("prompt", str), ("instruction_id_list", list), ("kwargs", list)):
        if not isinstance(row.get(name), kind):
            raise SparError(
                f"{where}: '{name}' is missing or of the wrong type: key, prompt, instruction_id_list and kwargs (a list "
                "with one object per instruction) are expected"
            )
    names, kwargs = row["instruction_id_list"], row["kwargs"]
    if not names or len(names) != len(kwargs):
        raise SparError(
            f"{where}: {len(names)} instructions with {len(kwargs)} kwargs: one object for each is expected"
        )
    instructions = []
    for name, parameters in zip(names, kwargs, strict=True):
        if not isinstance(parameters, dict):
            raise SparError(f"{where}: kwargs of '{name}' are {parameters!r}, an object is expected")
        try:
            instructions.append((str(name), validate(str(name), parameters)))
        except SparError as error:
            raise SparError(f"{where}: {error}") from None
    return BenchmarkPrompt(str(row["key"]), row["prompt"], tuple(instructions))
