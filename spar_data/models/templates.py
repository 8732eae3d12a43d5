"""Prompt templates, and JSON objects in replies. Replies are untrusted: a parser returns a value or a reason."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass

from spar_data.core.files import JsonValue

_SLOT = re.compile(r"\{(\w+)\}")
_FENCE = re.compile(r"```(?:json)?\s*\n(.*?)\n\s*```", re.DOTALL | re.IGNORECASE)


@dataclass(frozen=True)
class Unparsed:
    """Why a reply does not hold the expected value. Such a reply is counted, never scored."""

    reason: str


def fill(template: str, **values: str) -> str:
    """Puts each value into its {slot}, in one pass: braces and slots inside a value stay as they are.

    Raises KeyError for a slot without a value and ValueError for a value without a slot: both are programming errors.
    """
    unused = values.keys() - {match[1] for match in _SLOT.finditer(template)}
    if unused:
        raise ValueError(f"no slot for {', '.join(sorted(unused))}")
    return _SLOT.sub(lambda match: values[match[1]], template)


def parse_json(reply: str, fields: Mapping[str, type | tuple[type, ...]]) -> dict[str, JsonValue] | Unparsed:
    """The JSON object of a reply, with these fields of these types.

    Candidates are the whole reply, fenced blocks and, without these, every balanced object in the text. The last one that
    has the fields counts, because models think before they answer. True and false are not numbers.
    """
    values: list[JsonValue] = []
    for text in (reply, *(match[1] for match in _FENCE.finditer(reply))):
        try:
            values.append(json.loads(text))
        except (ValueError, RecursionError):
            continue
    if not any(isinstance(value, dict) for value in values):
        values += _objects(reply)
    objects = [value for value in values if isinstance(value, dict)]
    if not objects:
        return Unparsed("no JSON object in the reply")
    reasons = []
    for candidate in reversed(objects):
        wrong = [name for name, kind in fields.items() if not _is(candidate.get(name), kind)]
        if not wrong:
            return candidate
        reasons.append(f"field {wrong[0]!r} is missing or of the wrong type")
    return Unparsed(reasons[0])


def _is(value: JsonValue, kind: type | tuple[type, ...]) -> bool:
    kinds = kind if isinstance(kind, tuple) else (kind,)
    return isinstance(value, kinds) and (not isinstance(value, bool) or bool in kinds)


def _objects(text: str) -> list[JsonValue]:
    decoder, at = json.JSONDecoder(), 0
    values: list[JsonValue] = []
    for _ in range(1000):  # a bound for replies of nothing but braces
        at = text.find("{", at)
        if at < 0:
            break
        try:
            value, at = decoder.raw_decode(text, at)
            values.append(value)
        except (ValueError, RecursionError):
            at += 1
    return values
