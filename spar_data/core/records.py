"""Prompts and constraints as frozen dataclasses, and the decoding of constraints from the rows of a release."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

from spar_data.core.errors import SparError
from spar_data.core.files import JsonValue


@dataclass(frozen=True)
class Seed:
    """A source prompt that passed every filter. `id` is the hash of `prompt`; `row` counts from 1 in `source`."""

    id: str
    prompt: str
    language: str
    source: str
    row: int


@dataclass(frozen=True)
class Constraint:
    """One constraint of a prompt.

    leaf     taxonomy leaf, group.type.leaf.
    text     the wording in the prompt, before it was woven in.
    checker  function of spar_data.constraints that verifies a response, "" if no program can.
    covers   whole: passing the checker is satisfying the constraint; part: it is necessary only; none: no checker.
    params   the checker's parameters; a column of JSON texts in parquet.
    """

    leaf: str
    text: str
    checker: str
    covers: str
    params: Mapping[str, JsonValue]


@dataclass(frozen=True)
class Prompt:
    """A prompt and the constraints in it that are known. `id` is the hash of `text`."""

    id: str
    text: str
    constraints: tuple[Constraint, ...] = ()


@dataclass(frozen=True)
class PromptRow:
    """A complex prompt as releases hold it. `id` is the hash of `prompt`, `seed_id` that of `original_prompt`.

    drawn_type   the type drawn as main constraint; main_type: the one used. They differ where the rules found nothing of
                 the drawn type that fits the seed; an LLM teacher is asked for the drawn type, and what it made of it is
                 not known.
    constraints  in the order of the text; empty for an LLM teacher.
    """

    id: str
    prompt: str
    original_prompt: str
    seed_id: str
    language: str
    drawn_type: str
    main_type: str
    constraints: tuple[Constraint, ...]
    teacher: str
    source: str
    row: int


def decode_constraints(rows: object, where: str) -> tuple[Constraint, ...]:
    """Decodes constraints as releases hold them: a list of objects whose `params` are an object or its JSON text.

    Null stands for no constraints; `leaf` may be missing. Raises a SparError that begins with `where` and names the field.
    """
    if not isinstance(rows, list | tuple | None):
        raise SparError(f"{where}: 'constraints' is {type(rows).__name__}, a list is expected")
    return tuple(_decode_constraint(row, f"{where}: constraint {at}") for at, row in enumerate(rows or (), 1))


def _decode_constraint(row: object, where: str) -> Constraint:
    if isinstance(row, Constraint):
        return row
    required = ("text", "checker", "covers", "params")
    missing = [name for name in required if name not in row] if isinstance(row, Mapping) else required
    if missing or not isinstance(row, Mapping):
        raise SparError(f"{where} has no {', '.join(missing)}: the rows of a release have them")
    texts = {"leaf": row.get("leaf", ""), **{name: row[name] for name in required[:3]}}
    for name, value in texts.items():
        if not isinstance(value, str):
            raise SparError(f"{where}: '{name}' is {value!r}, text is expected")
    params = row["params"]
    if isinstance(params, str):
        try:
            params = json.loads(params)
        except ValueError as error:
            raise SparError(f"{where}: 'params' is no JSON: {error}") from None
    if not isinstance(params, Mapping):
        raise SparError(f"{where}: 'params' is {params!r}: a JSON object is expected")
    return Constraint(**texts, params=params)
