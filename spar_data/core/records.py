"""One frozen dataclass per kind of row; the parquet schemas come from them."""

from __future__ import annotations

import dataclasses
import types
import typing
from dataclasses import dataclass
from typing import Any

import polars as pl


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
    params   its parameters as a JSON object.
    """

    leaf: str
    text: str
    checker: str
    covers: str
    params: str


@dataclass(frozen=True)
class Prompt:
    """A complex prompt. `id` is the hash of `prompt`, `seed_id` that of `original_prompt`.

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
    constraints: list[Constraint]
    teacher: str
    source: str
    row: int


_SCALARS: dict[Any, Any] = {str: pl.String, int: pl.Int64, float: pl.Float64, bool: pl.Boolean}


def schema(record: type) -> pl.Schema:
    """The polars schema of a record class."""
    return pl.Schema({name: _dtype(kind) for name, kind in typing.get_type_hints(record).items()})


def _dtype(kind: Any) -> Any:
    if isinstance(kind, types.UnionType):  # X | None: every column may be null
        return _dtype(next(each for each in typing.get_args(kind) if each is not type(None)))
    if isinstance(kind, types.GenericAlias):
        return pl.List(_dtype(typing.get_args(kind)[0]))
    if dataclasses.is_dataclass(kind):
        return pl.Struct(schema(typing.cast(type, kind)))
    return _SCALARS[kind]


def frame(rows: list[Any], record: type) -> pl.DataFrame:
    """A polars frame of records."""
    return pl.DataFrame([dataclasses.asdict(row) for row in rows], schema=schema(record))


def hole(rows: pl.DataFrame, record: type) -> str:
    """The first field that is null although the record has a value there, "" if there is none: "votes.words"."""
    found = (_hole(rows[name], kind, name) for name, kind in typing.get_type_hints(record).items())
    return next(filter(None, found), "")


def _hole(column: pl.Series, kind: Any, name: str) -> str:
    if isinstance(kind, types.UnionType):
        return ""
    if column.null_count():
        return name
    if isinstance(kind, types.GenericAlias):
        return _hole(column.filter(column.list.len() > 0).explode(), typing.get_args(kind)[0], name)
    if dataclasses.is_dataclass(kind):
        hints = typing.get_type_hints(kind)
        found = (_hole(column.struct.field(each), hint, f"{name}.{each}") for each, hint in hints.items())
        return next(filter(None, found), "")
    return ""
