"""Frames of records: the parquet schemas follow from the record classes."""

from __future__ import annotations

import dataclasses
import json
import types
import typing
from collections.abc import Iterable, Mapping

import polars as pl

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
