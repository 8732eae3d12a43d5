"""Inserts and removes words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from spar_data.constraints.repairs.edit import excess, hits, insert, insert_some, replace, spans, without
from spar_data.constraints.repairs.phrases import Phrases, phrases_for
from spar_data.constraints.text.words import fold, occurrences

_PAIRS = {("*", "*"), ("(", ")"), ('"', '"'), ("“", "”"), ("„", "“"), ("«", "»"), ("`", "`")}


def include(response: str, *, words: list[str]) -> Iterator[str]:
    """Adds the missing words in one short sentence, or in one sentence each."""
    text, phrases = fold(response), phrases_for(response)
    missing = [word for word in words if not occurrences(fold(word), text)]
    forms = phrases.words if len(missing) > 1 else phrases.word
    for form in forms:
        yield from insert(response, form.replace("{word}", phrases.joined(missing)), phrases)
    sentences = (form.replace("{word}", word) for form, word in zip(phrases.word, missing, strict=False))
    yield from insert(response, phrases.space.join(sentences), phrases)


def exclude(response: str, *, words: list[str]) -> Iterator[str]:
    """Replaces the words where a substitute is known, otherwise drops them; finally drops their sentences."""
    phrases = phrases_for(response)
    for gentle in (True, False):
        text = response
        for _ in range(3):  # the remaining words may form a phrase again
            for word in sorted(words, key=len, reverse=True):
                text = _swapped(text, word, phrases) if gentle else _dropped(text, hits(word, text))
        yield text
    text = response
    for word in words:
        text = _no_sentence(text, hits(word, text))
    yield text


def frequency(response: str, *, word: str, relation: str, n: int) -> Iterator[str]:
    """Adds sentences with the word; surplus ones become a general word, are dropped, or go with their sentences."""
    phrases = phrases_for(response)
    surplus, lacking = excess(hits(word, response), relation, n)
    if lacking:
        bank = [form.replace("{word}", word) for form in phrases.word]
        yield from insert_some(response, bank, lacking, phrases, turns=3)
        yield from insert(response, phrases.word[0].replace("{word}", phrases.joined([word] * lacking)), phrases)
    instead = phrases.instead.get(fold(word)) or phrases.thing
    for chosen in surplus:
        yield replace(response, chosen, lambda old: _as(old, instead))
        yield _dropped(response, chosen)
        yield _no_sentence(response, chosen)


def _swapped(text: str, word: str, phrases: Phrases) -> str:
    places, put = hits(word, text), phrases.instead.get(fold(word))
    return replace(text, places, lambda old: _as(old, put)) if put else _dropped(text, places)


def _as(old: str, new: str) -> str:
    """Gives the new word the case of the old one."""
    if len(old) > 1 and old.isupper():
        return new.upper()
    return new[0].upper() + new[1:] if old[:1].isupper() else new


def _dropped(text: str, places: Sequence[tuple[int, int]]) -> str:
    """Drops the places; a word that now begins a sentence gets a capital if the old one had one."""
    draft = text
    for start, end in reversed(places):
        before = draft[max(0, start - 20) : start].rstrip(" *_\"'“")
        if not before or before[-1] in ".!?\n。！？:":
            near = draft[end : end + 20]
            stop = end + (len(near) - len(near.lstrip(" ,，")) if near[:1] in (",", " ", "，") else 0)
            rest = draft[stop:]
            capital = draft[start].isupper() and rest[:1].islower() and not draft[start:end].isupper()
            draft = draft[:start] + (rest[0].upper() + rest[1:] if capital else rest)
        elif (draft[start - 1 : start], draft[end : end + 1]) in _PAIRS:
            marks = 2 if draft[start - 2 : start] == draft[end : end + 2] == "**" else 1
            draft = replace(draft, [(start - marks, end + marks)], "")
        else:
            draft = replace(draft, [(start, end)], "")
    return draft


def _no_sentence(text: str, places: Sequence[tuple[int, int]]) -> str:
    """Leaves out the sentences with these places."""
    for span in reversed(spans(text)):
        if any(span.start <= start < span.end for start, _ in places):
            text = without(text, span.start, span.end)
    return text
