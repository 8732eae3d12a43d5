"""Rows to train on: our own dialogues and pairs, and the conversational formats of TRL. Parquet or JSON Lines.

dialogues   `messages`; or `prompt` and `completion`, both lists of messages.
pairs       `prompt` (messages), `chosen` and `rejected`: texts, or lists of one assistant message.
Anything else is a SparError that names file, row and field: a trainer that guesses trains on the wrong thing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from spar_data.core.errors import SparError
from spar_data.core.ids import row_id
from spar_data.sources.json_rows import read_rows

Message = dict[str, str]

_ROLES = ("system", "user", "assistant")
_DIALOGUES = "messages, or prompt and completion"
_PAIRS = "prompt, chosen and rejected"


@dataclass(frozen=True)
class Row:
    """A dialogue whose last message is the assistant's."""

    id: str
    messages: list[Message]


@dataclass(frozen=True)
class PairRow:
    """Two replies to the same messages."""

    id: str
    prompt: list[Message]
    chosen: str
    rejected: str


class _Found(NamedTuple):
    """A raw row, and where it stands: "FILE, line 3"."""

    where: str
    row: dict[str, Any]


def read_dialogues(path: str | Path) -> list[Row]:
    """All dialogues of a file. Raises SparError."""
    return [_dialogue(found) for found in _rows(path, _DIALOGUES)]


def read_pairs(path: str | Path) -> list[PairRow]:
    """All pairs of a file. Raises SparError."""
    return [_pair(found) for found in _rows(path, _PAIRS)]


def _rows(path: str | Path, wanted: str) -> Iterator[_Found]:
    file = Path(path)
    if not file.is_file():
        raise SparError(f"{file} does not exist: a .parquet or .jsonl file with {wanted} is expected")
    if file.suffix not in (".parquet", ".jsonl"):
        raise SparError(
            f"{file}: a .parquet or .jsonl file with {wanted} is expected, not {file.suffix or 'this name'}"
        )
    found = _Found("", {})
    for found in map(_Found._make, read_rows(str(file))):
        yield found
    if not found.where:
        raise SparError(f"{file} holds no rows: {wanted} are expected")


def _dialogue(found: _Found) -> Row:
    if "messages" in found.row:
        messages = _messages(found, "messages")
    elif "prompt" in found.row and "completion" in found.row:
        messages = _messages(found, "prompt") + _messages(found, "completion")
    elif "chosen" in found.row:
        raise SparError(f"{found.where}: a pair, and {_DIALOGUES} are expected: pairs are for `spar-train dpo`")
    else:
        raise _missing(found, "messages", _DIALOGUES)
    _ends(found, messages, "messages" if "messages" in found.row else "completion", "assistant")
    return Row(_id(found, _texts(messages)), messages)


def _pair(found: _Found) -> PairRow:
    for field in ("prompt", "chosen", "rejected"):
        if field not in found.row:
            raise _missing(found, field, _PAIRS)
    prompt = _messages(found, "prompt")
    _ends(found, prompt, "prompt", "user")
    chosen, rejected = _reply(found, "chosen"), _reply(found, "rejected")
    if chosen == rejected:
        raise SparError(f"{found.where}, fields chosen and rejected: equal. A pair of different replies is expected")
    return PairRow(_id(found, [*_texts(prompt), chosen, rejected]), prompt, chosen, rejected)


def _messages(found: _Found, field: str) -> list[Message]:
    value = found.row[field]
    if not isinstance(value, list) or not value:
        raise _wrong(found, field, value, "a list of messages with role and content")
    messages = [_message(found, f"{field}[{i}]", each) for i, each in enumerate(value)]
    for i, message in enumerate(messages):
        if message["role"] == "system" and i > 0:
            raise SparError(
                f"{found.where}, field {field}[{i}]: a system message. One is expected at the beginning only"
            )
    return messages


def _message(found: _Found, field: str, value: Any) -> Message:
    if not isinstance(value, dict):
        raise _wrong(found, field, value, "a message with role and content")
    role, content = value.get("role"), value.get("content")
    if role not in _ROLES:
        raise _wrong(found, f"{field}.role", role, "system, user or assistant")
    if not isinstance(content, str):
        raise _wrong(found, f"{field}.content", content, "a text")
    if role != "system" and not content.strip():
        raise SparError(f"{found.where}, field {field}.content: empty. A text is expected")
    return {"role": role, "content": content}


def _reply(found: _Found, field: str) -> str:
    value = found.row[field]
    if isinstance(value, list):
        messages = _messages(found, field)
        if len(messages) != 1:
            raise SparError(
                f"{found.where}, field {field}: {len(messages)} messages. One reply is expected: earlier turns belong to prompt"
            )
        _ends(found, messages, field, "assistant")
        return messages[0]["content"]
    if not isinstance(value, str):
        raise _wrong(found, field, value, "a text, or a list of one message")
    if not value.strip():
        raise SparError(f"{found.where}, field {field}: empty. A reply is expected")
    return value


def _ends(found: _Found, messages: list[Message], field: str, role: str) -> None:
    if messages[-1]["role"] != role:
        raise SparError(
            f"{found.where}, field {field}: the last message is of the {messages[-1]['role']}. One of the {role} is expected"
        )


def _id(found: _Found, texts: Iterable[str]) -> str:
    own = found.row.get("id")
    return own if isinstance(own, str) and own else row_id(*texts)


def _texts(messages: list[Message]) -> list[str]:
    return [part for message in messages for part in (message["role"], message["content"])]


def _missing(found: _Found, field: str, wanted: str) -> SparError:
    known = ", ".join(found.row) or "nothing"
    return SparError(f"{found.where}: no field {field}. {wanted} are expected; the row holds {known}")


def _wrong(found: _Found, field: str, value: Any, expected: str) -> SparError:
    got = "null" if value is None else "an empty list" if value == [] else type(value).__name__
    if field.endswith(".role") and isinstance(value, str):
        got = repr(value)
    return SparError(f"{found.where}, field {field}: {got}. {expected[0].upper()}{expected[1:]} is expected")
