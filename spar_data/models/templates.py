"""Prompt templates and structured replies. Model output is untrusted input: a parser returns a value or a reason."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

_SLOT = re.compile(r"\{(\w+)\}")
_FENCE = re.compile(r"```(?:json)?\s*\n(.*?)\n\s*```", re.DOTALL | re.IGNORECASE)


@dataclass(frozen=True)
class Unparsed:
    """A reply that does not hold what was asked for, and why. It is counted, never scored."""

    reason: str


def fill(template: str, **values: str) -> str:
    """Puts each value into its {slot}, in one pass: braces and slots inside a value stay what they are.

    Raises KeyError for a slot without a value and ValueError for a value without a slot: both are mistakes in code.
    """
    unused = values.keys() - {match[1] for match in _SLOT.finditer(template)}
    if unused:
        raise ValueError(f"no slot for {', '.join(sorted(unused))}")
    return _SLOT.sub(lambda match: values[match[1]], template)


def parse_json(reply: str, fields: dict[str, type | tuple[type, ...]]) -> dict[str, Any] | Unparsed:
    """The JSON object of a reply, with these fields of these types.

    Tried in turn: the whole reply, fenced blocks, every balanced object within the text. The last one that has the fields
    counts: models think before they answer. A number is never taken for a truth value.
    """
    found: list[Any] = []
    for text in (reply, *(match[1] for match in _FENCE.finditer(reply))):
        try:
            found.append(json.loads(text))
        except (ValueError, RecursionError):
            continue
    if not any(isinstance(each, dict) for each in found):
        found += _objects(reply)
    objects = [each for each in found if isinstance(each, dict)]
    if not objects:
        return Unparsed("no JSON object in the reply")
    reasons = []
    for candidate in reversed(objects):
        wrong = [name for name, kind in fields.items() if not _is(candidate.get(name), kind)]
        if not wrong:
            return candidate
        reasons.append(f"field {wrong[0]!r} is missing or of the wrong type")
    return Unparsed(reasons[0])


def _is(value: Any, kind: type | tuple[type, ...]) -> bool:
    kinds = kind if isinstance(kind, tuple) else (kind,)
    return isinstance(value, kinds) and (not isinstance(value, bool) or bool in kinds)


def _objects(text: str) -> list[Any]:
    decoder, found, at = json.JSONDecoder(), [], 0
    for _ in range(1000):  # a reply of nothing but braces must not take for ever
        at = text.find("{", at)
        if at < 0:
            break
        try:
            value, at = decoder.raw_decode(text, at)
            found.append(value)
        except (ValueError, RecursionError):
            at += 1
    return found
