"""Prompts and constraints as frozen dataclasses, and the parquet schemas that follow from such record classes."""

from __future__ import annotations

import dataclasses
import json
import types
import typing
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import polars as pl

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


_SCALARS: dict[object, type[pl.DataType]] = {str: pl.String, int: pl.Int64, float: pl.Float64, bool: pl.Boolean}


def schema(record: type) -> pl.Schema:
    """The polars schema of a record class."""
    return pl.Schema({name: _dtype(kind) for name, kind in typing.get_type_hints(record).items()})


def _dtype(kind: object) -> pl.DataType | type[pl.DataType]:
    if isinstance(kind, types.UnionType):  # X | None: every column may be null
        return _dtype(next(member for member in typing.get_args(kind) if member is not type(None)))
    if typing.get_origin(kind) is Mapping:
        return pl.String  # JSON text
    if isinstance(kind, types.GenericAlias):
        return pl.List(_dtype(typing.get_args(kind)[0]))
    if dataclasses.is_dataclass(kind):
        return pl.Struct(schema(typing.cast(type, kind)))
    return _SCALARS[kind]


def frame(rows: Iterable[object], record: type) -> pl.DataFrame:
    """A polars frame of records."""
    return pl.DataFrame([_plain(row) for row in rows], schema=schema(record))


def _plain(value: object) -> object:
    """A value as polars takes it: records become dictionaries, mappings their JSON text."""
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, Mapping):
        return json.dumps(value, ensure_ascii=False, sort_keys=True)
    if dataclasses.is_dataclass(value):
        return {name: _plain(item) for name, item in vars(value).items()}
    return value


def first_null(rows: pl.DataFrame, record: type) -> str:
    """The first field that is null although the record requires a value, e.g. "votes.words"; "" if there is none."""
    fields = (_first_null(rows[name], kind, name) for name, kind in typing.get_type_hints(record).items())
    return next(filter(None, fields), "")


def _first_null(column: pl.Series, kind: object, name: str) -> str:
    if isinstance(kind, types.UnionType):
        return ""
    if column.null_count():
        return name
    if typing.get_origin(kind) is Mapping:
        return ""
    if isinstance(kind, types.GenericAlias):
        return _first_null(column.filter(column.list.len() > 0).explode(), typing.get_args(kind)[0], name)
    if dataclasses.is_dataclass(kind):
        hints = typing.get_type_hints(kind)
        fields = (_first_null(column.struct.field(field), hint, f"{name}.{field}") for field, hint in hints.items())
        return next(filter(None, fields), "")
    return ""
