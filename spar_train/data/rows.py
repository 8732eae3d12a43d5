"""Rows to train on: the suite's own dialogues and pairs, and TRL's conversational formats.

dialogues   `messages`; or `prompt` and `completion`, both lists of messages.
pairs       `prompt` (messages), `chosen` and `rejected`: texts, or lists of one assistant message.

Anything else is a SparError that names source, row and field: a trainer that guesses trains on the wrong thing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import starmap
from pathlib import Path
from typing import NamedTuple, TypeAlias

import polars as pl

from spar_data.core.errors import SparError
from spar_data.core.ids import row_id
from spar_data.sources.json_rows import read_rows

ChatMessage: TypeAlias = dict[str, str]
"""`role` and `content`, as chat templates take them."""
RowSource: TypeAlias = Path | Sequence[Mapping[str, object]]
"""A .parquet or .jsonl file, or rows in memory."""
Rows: TypeAlias = "str | Path | Sequence[str | Path] | Sequence[Mapping[str, object]] | pl.DataFrame"
"""Rows as people pass them: one file or several, a list of rows, or a polars frame."""

_ROLES = ("system", "user", "assistant")
_DIALOGUE_FIELDS = "messages, or prompt and completion"
_PAIR_FIELDS = "prompt, chosen and rejected"


@dataclass(frozen=True)
class DialogueRow:
    """A dialogue whose last message is the assistant's."""

    id: str
    messages: list[ChatMessage]


@dataclass(frozen=True)
class PairRow:
    """Two replies to the same messages."""

    id: str
    prompt: list[ChatMessage]
    chosen: str
    rejected: str


class _RawRow(NamedTuple):
    """A row before it is checked, and its place: "FILE, line 3"."""

    place: str
    fields: Mapping[str, object]


def row_sources(rows: Rows) -> tuple[RowSource, ...]:
    """The sources in what a person passed."""
    if isinstance(rows, pl.DataFrame):
        return (rows.to_dicts(),)
    if isinstance(rows, str | Path):
        return (Path(rows),)
    files = tuple(Path(row) for row in rows if isinstance(row, str | Path))
    return files or ([row for row in rows if isinstance(row, Mapping)],)


def read_dialogues(source: RowSource) -> list[DialogueRow]:
    """All dialogues of a source. Raises SparError."""
    return [_dialogue(row) for row in _raw_rows(source, _DIALOGUE_FIELDS)]


def read_pairs(source: RowSource) -> list[PairRow]:
    """All pairs of a source. Raises SparError."""
    return [_pair(row) for row in _raw_rows(source, _PAIR_FIELDS)]


def _raw_rows(source: RowSource, expected: str) -> list[_RawRow]:
    if not isinstance(source, Path):
        rows, empty = [_RawRow(f"row {number}", row) for number, row in enumerate(source, 1)], "no rows"
    elif not source.is_file():
        raise SparError(f"{source} does not exist: a .parquet or .jsonl file with {expected} is expected")
    elif source.suffix not in (".parquet", ".jsonl"):
        name = source.suffix or "this name"
        raise SparError(f"{source}: a .parquet or .jsonl file with {expected} is expected, not {name}")
    else:
        rows, empty = list(starmap(_RawRow, read_rows(str(source)))), f"{source} holds no rows"
    if not rows:
        raise SparError(f"{empty}: {expected} are expected")
    return rows


def _dialogue(row: _RawRow) -> DialogueRow:
    if "messages" in row.fields:
        messages = _messages(row, "messages")
    elif "prompt" in row.fields and "completion" in row.fields:
        messages = _messages(row, "prompt") + _messages(row, "completion")
    elif "chosen" in row.fields:
        raise SparError(f"{row.place}: a pair, but {_DIALOGUE_FIELDS} are expected: pairs are for `spar-train dpo`")
    else:
        raise _missing(row, "messages", _DIALOGUE_FIELDS)
    _check_last(row, messages, "messages" if "messages" in row.fields else "completion", "assistant")
    return DialogueRow(_id(row, _texts(messages)), messages)


def _pair(row: _RawRow) -> PairRow:
    for field in ("prompt", "chosen", "rejected"):
        if field not in row.fields:
            raise _missing(row, field, _PAIR_FIELDS)
    prompt = _messages(row, "prompt")
    _check_last(row, prompt, "prompt", "user")
    chosen, rejected = _reply(row, "chosen"), _reply(row, "rejected")
    if chosen == rejected:
        raise SparError(f"{row.place}, fields chosen and rejected: equal. A pair of different replies is expected")
    return PairRow(_id(row, [*_texts(prompt), chosen, rejected]), prompt, chosen, rejected)


def _messages(row: _RawRow, field: str) -> list[ChatMessage]:
    value = row.fields[field]
    if not isinstance(value, list) or not value:
        raise _wrong(row, field, value, "a list of messages with role and content")
    messages = [_message(row, f"{field}[{i}]", message) for i, message in enumerate(value)]
    for i, message in enumerate(messages):
        if message["role"] == "system" and i > 0:
            raise SparError(f"{row.place}, field {field}[{i}]: a system message. One is expected at the beginning only")
    return messages


def _message(row: _RawRow, field: str, value: object) -> ChatMessage:
    if not isinstance(value, dict):
        raise _wrong(row, field, value, "a message with role and content")
    role, content = value.get("role"), value.get("content")
    if role not in _ROLES:
        raise _wrong(row, f"{field}.role", role, "system, user or assistant")
    if not isinstance(content, str):
        raise _wrong(row, f"{field}.content", content, "a text")
    if role != "system" and not content.strip():
        raise SparError(f"{row.place}, field {field}.content: empty. A text is expected")
    return {"role": role, "content": content}


def _reply(row: _RawRow, field: str) -> str:
    value = row.fields[field]
    if isinstance(value, list):
        messages = _messages(row, field)
        if len(messages) != 1:
            raise SparError(
                f"{row.place}, field {field}: {len(messages)} messages. One reply is expected: earlier turns belong to prompt"
            )
        _check_last(row, messages, field, "assistant")
        return messages[0]["content"]
    if not isinstance(value, str):
        raise _wrong(row, field, value, "a text, or a list of one message")
    if not value.strip():
        raise SparError(f"{row.place}, field {field}: empty. A reply is expected")
    return value


def _check_last(row: _RawRow, messages: list[ChatMessage], field: str, role: str) -> None:
    if messages[-1]["role"] != role:
        raise SparError(
            f"{row.place}, field {field}: the last message is of the {messages[-1]['role']}. One of the {role} is expected"
        )


def _id(row: _RawRow, texts: Iterable[str]) -> str:
    """The row's own id, or the hash of its texts."""
    id_ = row.fields.get("id")
    return id_ if isinstance(id_, str) and id_ else row_id(*texts)


def _texts(messages: list[ChatMessage]) -> list[str]:
    return [part for message in messages for part in (message["role"], message["content"])]


def _missing(row: _RawRow, field: str, expected: str) -> SparError:
    names = ", ".join(row.fields) or "nothing"
    return SparError(f"{row.place}: no field {field}. {expected} are expected; the row holds {names}")


def _wrong(row: _RawRow, field: str, value: object, expected: str) -> SparError:
    got = "null" if value is None else "an empty list" if value == [] else type(value).__name__
    if field.endswith(".role") and isinstance(value, str):
        got = repr(value)
    return SparError(f"{row.place}, field {field}: {got}. {expected[0].upper()}{expected[1:]} is expected")
