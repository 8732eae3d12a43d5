"""Prompts from templates, and replies that cannot be parsed."""

from __future__ import annotations

import re
from dataclasses import dataclass

_SLOT = re.compile(r"\{(\w+)\}")


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
