"""The first user turn of a conversation, in the shapes that datasets come in."""

from __future__ import annotations

from typing import Any

COLUMNS = ("conversations", "messages", "instruction", "prompt")
LANGUAGE_COLUMNS = ("language", "lang", "langdetect")
_USER = ("human", "user")
_NAMES = {
    "english": "en", "german": "de", "deutsch": "de", "spanish": "es", "french": "fr", "chinese": "zh", "italian": "it",
    "portuguese": "pt", "dutch": "nl", "russian": "ru", "japanese": "ja", "korean": "ko", "polish": "pl", "turkish": "tr",
}  # fmt: skip


class BadRow(ValueError):
    """A row without a usable prompt; the message names field, what was found and what was expected."""


def prompt_of(row: dict[str, Any]) -> tuple[str, str | None]:
    """Returns (prompt, ISO 639-1 code or None) of one row.

    Shapes: `conversations` (Infinity-Instruct, ShareGPT: from/value), `messages` (OpenAI: role/content), `instruction` with
    optional `input` (Alpaca), `prompt` (a string or messages). The first of these that is present and not empty counts.
    Raises BadRow.
    """
    if not isinstance(row, dict):
        raise BadRow(f"the row is {_kind(row)}, an object is expected")
    for column in COLUMNS:
        value = row.get(column)
        if value is None or value == "" or value == []:
            continue
        if column == "instruction":
            prompt = _text(value, "instruction")
            extra = row.get("input")
            if extra is not None and extra != "":
                prompt += "\n\n" + _text(extra, "input")
        elif column == "prompt" and isinstance(value, str):
            prompt = value
        else:
            prompt = _first_user_turn(value, column)
        return _clean(prompt, column), _language(row)
    found = ", ".join(map(str, row)) or "none"
    raise BadRow(f"no prompt: fields are {found}; one of {', '.join(COLUMNS)} is expected")


def _first_user_turn(turns: Any, column: str) -> str:
    if not isinstance(turns, list):
        raise BadRow(f"{column} is {_kind(turns)}, a list of turns is expected")
    for turn in turns:
        if not isinstance(turn, dict):
            raise BadRow(f"{column} holds {_kind(turn)}, turns with a role are expected")
        role = turn.get("from", turn.get("role"))
        if role in _USER:
            content = turn.get("value", turn.get("content"))
            return _parts(content, column) if isinstance(content, list) else _text(content, column)
    raise BadRow(f"{column} has no user turn: one from 'human' or 'user' is expected")


def _parts(parts: list[Any], column: str) -> str:
    for part in parts:
        if not isinstance(part, dict) or part.get("type") != "text":
            raise BadRow(f"{column}: content is not text alone")
    return "\n".join(_text(part.get("text"), column) for part in parts)


def _text(value: Any, column: str) -> str:
    if not isinstance(value, str):
        raise BadRow(f"{column} holds {_kind(value)}, text is expected")
    return value


def _clean(prompt: str, column: str) -> str:
    if "\0" in prompt:
        raise BadRow(f"{column} holds a NUL character")
    try:
        prompt.encode()
    except UnicodeEncodeError:
        raise BadRow(f"{column} holds a lone surrogate, valid Unicode is expected") from None
    prompt = prompt.strip()
    if not prompt:
        raise BadRow(f"{column} is blank, a prompt is expected")
    return prompt


def _language(row: dict[str, Any]) -> str | None:
    for column in LANGUAGE_COLUMNS:
        value = row.get(column)
        if isinstance(value, str) and value:
            code = value.strip().lower()
            code = _NAMES.get(code, code.replace("_", "-").split("-")[0])
            if len(code) == 2 and code.isascii() and code.isalpha():
                return code
    return None


def _kind(value: Any) -> str:
    return "nothing" if value is None else f"a {type(value).__name__}"
