"""The same for the 25 instruction types of IFEval: repairs of this project with official parameters, officially checked.

Four types have none: two different answers, an answer out of three, another language, and the number of a letter.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from itertools import islice
from typing import Any

from spar_data.constraints import ifeval
from spar_data.constraints.repairs import (
    LONGEST,
    character,
    keyword,
    length,
    punctuation,
    sentence,
    symbol,
    template,
    text_format,
    tidy,
)
from spar_data.constraints.repairs.edit import spans
from spar_data.constraints.text import paragraphs, words

Drafts = Iterator[str]


def _highlights(text: str, *, num_highlights: int) -> Drafts:
    """Emphasis round the first words of as many sentences, evenly spread; several in each if sentences are few."""
    there = len(re.findall(r"\*[^\n*]+\*", text))
    lacking = num_highlights - there
    starts = [m.start() for m in re.finditer(r"(?<![\w*'’-])\w[\w'’-]{3,}(?![\w*])", text)]
    heads = [s.start for s in spans(text) if "*" not in text[s.start : s.end] and text[s.start].isalnum()]
    for pool in (heads, starts):
        if 0 < lacking <= len(pool):
            draft = text
            for at in reversed([pool[i * len(pool) // lacking] for i in range(lacking)]):
                found = re.match(r"\w[\w'’-]*", draft[at:])
                end = at + (found.end() if found else 1)
                draft = f"{draft[:at]}*{draft[at:end]}*{draft[end:]}"
            yield draft


def _nth_word(text: str, *, num_paragraphs: int, nth_paragraph: int, first_word: str) -> Drafts:
    """As many paragraphs, and the word in front of the one asked for."""
    bodies = [text.strip()]
    if len(paragraphs(text)) != num_paragraphs:
        bodies = list(length.paragraphs(text, relation="exactly", n=num_paragraphs))
    for body in bodies:
        parts = [part.strip() for part in re.split(r"\n\s*\n", body) if part.strip()]
        if len(parts) >= nth_paragraph:
            word = first_word[:1].upper() + first_word[1:]
            parts[nth_paragraph - 1] = f"{word} – {parts[nth_paragraph - 1]}"
            yield "\n\n".join(parts)


def _counted(edit: Callable[..., Drafts], text: str, relation: str, n: int) -> Drafts:
    """NLTK counts words and sentences in another way: a few more or less are tried too."""
    for shift in (0, 1, -1, 2, -2, 4, -4, 7, -7):
        if n + shift > 0:
            yield from islice(edit(text, relation=relation, n=n + shift), 4)


def _repeated(text: str, *, prompt_to_repeat: str) -> Drafts:
    yield f"{prompt_to_repeat.strip()}\n\n{text.lstrip()}"


def _nothing(text: str, **_: Any) -> Drafts:
    return iter(())


def _sections(text: str, *, section_spliter: str, num_sections: int) -> Drafts:
    marker = section_spliter.strip()
    return length.sections(text, marker=marker, n=num_sections) if words(marker) else _nothing(text)


_REPAIRS: dict[str, Callable[..., Drafts]] = {
    "change_case:capital_word_frequency": lambda text, *, capital_relation, capital_frequency: _counted(
        character.capital_words, text, capital_relation, capital_frequency
    ),
    "change_case:english_capital": character.uppercase,
    "change_case:english_lowercase": character.lowercase,
    "combination:repeat_prompt": _repeated,
    "combination:two_responses": _nothing,
    "detectable_content:number_placeholders": lambda text, *, num_placeholders: symbol.placeholders(
        text, n=num_placeholders
    ),
    "detectable_content:postscript": lambda text, *, postscript_marker: text_format.postscript(
        text, marker=postscript_marker
    ),
    "detectable_format:constrained_response": _nothing,
    "detectable_format:json_format": text_format.json_document,
    "detectable_format:multiple_sections": _sections,
    "detectable_format:number_bullet_lists": lambda text, *, num_bullets: text_format.bullets(text, n=num_bullets),
    "detectable_format:number_highlighted_sections": _highlights,
    "detectable_format:title": symbol.title,
    "keywords:existence": lambda text, *, keywords: keyword.include(text, words=keywords),
    "keywords:forbidden_words": lambda text, *, forbidden_words: keyword.exclude(text, words=forbidden_words),
    "keywords:frequency": lambda text, **k: keyword.frequency(
        text, word=k["keyword"], relation=k["relation"], n=k["frequency"]
    ),
    "keywords:letter_frequency": _nothing,
    "language:response_language": _nothing,
    "length_constraints:nth_paragraph_first_word": _nth_word,
    "length_constraints:number_paragraphs": lambda text, *, num_paragraphs: symbol.custom(
        text, symbol="***", relation="exactly", n=num_paragraphs - 1
    ),
    "length_constraints:number_sentences": lambda text, *, num_sentences, relation: _counted(
        length.sentences, text, relation, num_sentences
    ),
    "length_constraints:number_words": lambda text, *, num_words, relation: _counted(
        length.words, text, relation, num_words
    ),
    "punctuation:no_comma": lambda text: punctuation.absent(text, mark=","),
    "startend:end_checker": lambda text, *, end_phrase: sentence.ends(text, text=end_phrase),
    "startend:quotation": lambda text: template.wrapped(text, opening='"', closing='"'),
}


def repair_official(name: str, response: str, kwargs: Mapping[str, Any]) -> str | None:
    """The response, edited so that the official checker of the instruction passes; None if no edit that is known does it.

    kwargs: as the data has them. Raises SparError for an unknown instruction or kwargs that are not its own.
    """
    if ifeval.check(name, response, kwargs).passed:
        return response
    if not response.strip() or len(response) > LONGEST:
        return None
    drafts = tidy(response, _REPAIRS[name](response, **ifeval.validate(name, kwargs)))
    return next((draft for draft in drafts if ifeval.check(name, draft, kwargs).passed), None)
