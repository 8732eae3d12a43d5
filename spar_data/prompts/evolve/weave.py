"""Constraints into running text: one or two sentences that follow the seed, or a lead before it."""

from __future__ import annotations

import random
import re
from collections.abc import Mapping, Sequence
from typing import Any

from spar_data.prompts.taxonomy import Language

_LONG = 400  # characters from which a seed keeps to a paragraph of its own


def render(text: str, params: Mapping[str, Any], language: Language) -> str:
    """Fills the slots of a phrasing: numbers as they are, strings in quotes, lists joined ({words} by and, {words:or})."""
    opening, closing = language.words["quotes"]

    def fill(match: re.Match[str]) -> str:
        value = params[match["name"]]
        if isinstance(value, int):
            return str(value)
        if isinstance(value, str):
            return value if match["name"] in ("role", "topic", "era", "job") else f"{opening}{value}{closing}"
        quoted = [f"{opening}{item}{closing}" for item in value]
        last = language.words["or" if match["how"] else "and"]
        return last.join([language.words["comma"].join(quoted[:-1]), quoted[-1]]) if len(quoted) > 1 else quoted[0]

    return re.sub(r"\{(?P<name>\w+)(?P<how>:or)?\}", fill, text)


def weave(seed: str, clauses: Sequence[str], lead: str, language: Language, random: random.Random) -> str:
    """Adds clauses (imperatives in lower case) and at most one lead to a seed prompt."""
    if lead:
        seed = f"{lead}{language.words['comma']}{seed[0].lower()}{seed[1:]}"
    added = language.words["space"].join(_sentences(clauses, language, random))
    if not added:
        return seed
    if "\n" in seed or len(seed) > _LONG:
        return f"{seed}\n\n{added}"
    if seed[-1].isalnum() or seed[-1] in ")]\"'”»’":
        seed += language.words["stop"] if not re.search(r"[.!?。！？…]['\"”»’)]+$", seed) else ""
    return seed + language.words["space"] + added


def _sentences(clauses: Sequence[str], language: Language, random: random.Random) -> list[str]:
    sentences: list[str] = []
    rest = list(clauses)
    used: list[str] = []
    while rest:
        place = "next" if sentences else "first"
        pair = len(rest) > 1 and random.random() < 0.6
        templates = language.weave[f"{place}_pair" if pair else place]
        fresh = [t for t in templates if not any(t.split()[0] == u.split()[0] for u in used)]
        template = random.choice(fresh or templates)
        used.append(template)
        a, b = rest.pop(0), rest.pop(0) if pair else ""
        sentences.append(_tidy(template.format(a=a, A=a[0].upper() + a[1:], b=b, B=b[:1].upper() + b[1:])))
    return sentences


def _tidy(sentence: str) -> str:
    """No full stop after a quotation or an abbreviation that ends in one."""
    sentence = re.sub(r"([.!?…。！？]\s?[\"”»“’])[.。]$", r"\1", sentence)
    return re.sub(r"(\.\w\.)\.$", r"\1", sentence)
