"""Turns constraints into running text: one or two sentences after the seed, or a lead before it."""

from __future__ import annotations

import random
import re
from collections.abc import Mapping, Sequence

from spar_data.core.files import JsonValue
from spar_data.prompts.taxonomy import Language

_LONG = 400  # characters from which a seed keeps its own paragraph
_UNQUOTED = ("role", "topic", "era", "job")
_PAIR_PROBABILITY = 0.6


def render(text: str, params: Mapping[str, JsonValue], language: Language) -> str:
    """Fills the slots of a phrasing: numbers as they are, strings in quotes, lists joined ({words} by and, {words:or})."""
    opening, closing = language.quotes

    def fill(match: re.Match[str]) -> str:
        value = params[match["name"]]
        if isinstance(value, str):
            return value if match["name"] in _UNQUOTED else f"{opening}{value}{closing}"
        if not isinstance(value, list):
            return str(value)
        quoted = [f"{opening}{item}{closing}" for item in value]
        conjunction = language.or_word if match["how"] else language.and_word
        return conjunction.join([language.comma.join(quoted[:-1]), quoted[-1]]) if len(quoted) > 1 else quoted[0]

    return re.sub(r"\{(?P<name>\w+)(?P<how>:or)?\}", fill, text)


def weave(seed: str, clauses: Sequence[str], lead: str, language: Language, random: random.Random) -> str:
    """Adds clauses (imperatives in lower case) and at most one lead to a seed prompt."""
    if lead:
        seed = f"{lead}{language.comma}{seed[0].lower()}{seed[1:]}"
    added = language.space.join(_sentences(clauses, language, random))
    if not added:
        return seed
    if "\n" in seed or len(seed) > _LONG:
        return f"{seed}\n\n{added}"
    if seed[-1].isalnum() or seed[-1] in ")]\"'”»’":
        seed += language.stop if not re.search(r"[.!?。！？…]['\"”»’)]+$", seed) else ""
    return seed + language.space + added


def _sentences(clauses: Sequence[str], language: Language, random: random.Random) -> list[str]:
    """One or two clauses a sentence. Templates that begin with a word that was used are avoided."""
    sentences: list[str] = []
    rest = list(clauses)
    first_words: set[str] = set()
    while rest:
        place = "next" if sentences else "first"
        pair = len(rest) > 1 and random.random() < _PAIR_PROBABILITY
        templates = language.weave[f"{place}_pair" if pair else place]
        fresh = [template for template in templates if template.split()[0] not in first_words]
        template = random.choice(fresh or templates)
        first_words.add(template.split()[0])
        a, b = rest.pop(0), rest.pop(0) if pair else ""
        sentences.append(_tidy(template.format(a=a, A=a[0].upper() + a[1:], b=b, B=b[:1].upper() + b[1:])))
    return sentences


def _tidy(sentence: str) -> str:
    """Removes the full stop after a quotation or an abbreviation that ends in one."""
    sentence = re.sub(r"([.!?…。！？]\s?[\"”»“’])[.。]$", r"\1", sentence)
    return re.sub(r"(\.\w\.)\.$", r"\1", sentence)
