"""Prompt and language of one row, in the shapes that datasets come in."""

from __future__ import annotations

from collections.abc import Mapping

COLUMNS = ("conversations", "messages", "instruction", "prompt")
LANGUAGE_COLUMNS = ("language", "lang", "langdetect")
_USER = ("human", "user")
_NAMES = {
    "english": "en", "german": "de", "deutsch": "de", "spanish": "es", "french": "fr", "chinese": "zh", "italian": "it",
    "portuguese": "pt", "dutch": "nl", "russian": "ru", "japanese": "ja", "korean": "ko", "polish": "pl", "turkish": "tr",
}  # fmt: skip


class BadRow(ValueError):
    """A row without a usable prompt. The message names the field, its content and the expectation."""


def prompt_of(row: object) -> tuple[str, str | None]:
    """Returns (prompt, ISO 639-1 code or None) of one row. The prompt is the first user turn.

    Shapes: `conversations` (Infinity-Instruct, ShareGPT: from/value), `messages` (OpenAI: role/content), `instruction` with
    optional `input` (Alpaca), `prompt` (a string or messages). The first of these that is present and not empty counts.
    Raises BadRow, also one that a reader put in place of a row.
    """
    if isinstance(row, BadRow):
        raise row
    if not isinstance(row, Mapping):
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
    fields = ", ".join(map(str, row)) or "none"
    raise BadRow(f"no prompt: fields are {fields}; one of {', '.join(COLUMNS)} is expected")


def _first_user_turn(turns: object, column: str) -> str:
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


def _parts(parts: list[object], column: str) -> str:
    texts = []
    for part in parts:
        if not isinstance(part, dict) or part.get("type") != "text":
            raise BadRow(f"{column}: content is not text alone")
        texts.append(_text(part.get("text"), column))
    return "\n".join(texts)


def _text(value: object, column: str) -> str:
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


def _language(row: Mapping[str, object]) -> str | None:
    for column in LANGUAGE_COLUMNS:
        value = row.get(column)
        if isinstance(value, str) and value:
            code = value.strip().lower()
            code = _NAMES.get(code, code.replace("_", "-").split("-")[0])
            if len(code) == 2 and code.isascii() and code.isalpha():
                return code
    return None


def _kind(value: object) -> str:
    return "nothing" if value is None else f"a {type(value).__name__}"
