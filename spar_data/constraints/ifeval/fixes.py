"""Repairs of known defects of IFEval's checkers, each with a name, for `--checker fixed`.

A defect is a verdict that a careful reader would not give. Where this project has a checker of its own for the same
constraint, that one decides. Matters of taste stay as they are.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, NamedTuple

from spar_data.constraints.checkers import character, keyword, length, punctuation, symbol, text_format
from spar_data.constraints.ifeval import content, whole
from spar_data.constraints.ifeval import length as official
from spar_data.constraints.ifeval.language import NO_FEATURES, response_language
from spar_data.constraints.text.words import straight
from spar_data.constraints.verdict import Verdict, judge, shortened


class Fix(NamedTuple):
    """instruction: its id. defect: of the official verdicts. check: the checker that replaces the official one."""

    instruction: str
    defect: str
    check: Callable[..., Verdict]


def _existence(response: str, *, keywords: list[str]) -> Verdict:
    return keyword.include(response, words=keywords)


def _frequency(response: str, **kwargs: Any) -> Verdict:
    return keyword.frequency(response, word=kwargs["keyword"], relation=kwargs["relation"], n=kwargs["frequency"])


def _forbidden(response: str, *, forbidden_words: list[str]) -> Verdict:
    return keyword.exclude(response, words=forbidden_words)


def _words(response: str, *, num_words: int, relation: str) -> Verdict:
    return length.words(response, relation=relation, n=num_words)


def _sentences(response: str, *, num_sentences: int, relation: str) -> Verdict:
    return length.sentences(response, relation=relation, n=num_sentences)


def _paragraphs(response: str, *, num_paragraphs: int) -> Verdict:
    parts = re.split(r"(?m)^[ \t]*\*[ \t]?\*[ \t]?\*[ \t]*$", response)
    count = sum(bool(part.strip()) for part in parts)
    return judge(count, "paragraph", "exactly", num_paragraphs, of=" between lines of ***")


def _first_word(response: str, *, num_paragraphs: int, nth_paragraph: int, first_word: str) -> Verdict:
    paragraphs = [part.strip() for part in response.split("\n\n") if part.strip()]
    bare = [re.sub("[*_`]", "", part).lstrip("#> \t“”‘’\"'") or part for part in paragraphs]
    return official.nth_paragraph_first_word(
        "\n\n".join(bare), num_paragraphs=num_paragraphs, nth_paragraph=nth_paragraph, first_word=first_word
    )


def _placeholders(response: str, *, num_placeholders: int) -> Verdict:
    return symbol.placeholders(response, n=num_placeholders)


def _postscript(response: str, *, postscript_marker: str) -> Verdict:
    return text_format.postscript(response, marker=postscript_marker.strip())


def _bullets(response: str, *, num_bullets: int) -> Verdict:
    return text_format.bullets(response, n=num_bullets)


def _answer(response: str) -> Verdict:
    text = straight(response).strip(" \t\r\n*_\"'`").casefold().rstrip(".")
    passed = any(text == answer.casefold().rstrip(".") for answer in content.ANSWERS)
    return Verdict(passed, f"'{shortened(response.strip())}'" + ("" if passed else " is not one of the answers alone"))


def _highlights(response: str, *, num_highlights: int) -> Verdict:
    spans = re.findall(r"(?<![*\w])(\*{1,3})(?=[^\s*])([^\n*]*[^\s*])\1(?![*\w])", response)
    return judge(len(spans), "highlighted section", "at least", num_highlights)


def _sections(response: str, *, section_spliter: str, num_sections: int) -> Verdict:
    splitter = re.escape(section_spliter.strip())
    numbers = set(re.findall(rf"(?im)^[ \t>#*_]*{splitter}[ \t]*(\d+|[ivx]+)\b", response))
    return judge(len(numbers), f"line with '{section_spliter.strip()}' and its number", "at least", num_sections)


def _json(response: str) -> Verdict:
    fenced = re.findall(r"(?s)```[A-Za-z]*[ \t]*\n(.*?)\n?[ \t]*```", response)
    return content.parsed(fenced[0]) if len(fenced) == 1 else content.json_format(response)


def _two(response: str) -> Verdict:
    return whole.differing(re.split(r"(?<!\*)\*{6}(?!\*)", response))


def _end(response: str, *, end_phrase: str) -> Verdict:
    return whole.end_checker(re.sub(r"[\s*_`\"'”’»]+$", "", straight(response)), end_phrase=straight(end_phrase))


def _capitals(response: str, *, capital_frequency: int, capital_relation: str) -> Verdict:
    return character.capital_words(response, relation=capital_relation, n=capital_frequency)


def _quotation(response: str) -> Verdict:
    text = straight(response)
    inner = text.strip().find('"', 1, -1)
    if (
        inner > 0 and text.strip()[inner - 1] not in " \t\n([{-\u2013\u2014"
    ):  # the first quote inside closes: "A" and "B"
        return Verdict(False, "two quotations, not one around all")
    return whole.quotation(text)


def _comma(response: str) -> Verdict:
    return punctuation.absent(response, mark=",")


def _language(response: str, *, language: str) -> Verdict:
    verdict = response_language(response, language=language)
    return Verdict(False, "no language can be told from it") if verdict.reason == NO_FEATURES else verdict


FIXES: dict[str, Fix] = {
    "existence-words": Fix("keywords:existence", "a keyword inside a longer word counts, signs in it are a pattern", _existence),
    "frequency-words": Fix("keywords:frequency", "a keyword inside a longer word counts, signs in it are a pattern", _frequency),
    "forbidden-signs": Fix("keywords:forbidden_words", "a forbidden word that begins or ends with a sign is never found", _forbidden),
    "words": Fix("length_constraints:number_words", "\"don't\" is two words, a run of Chinese or Thai is one", _words),
    "sentences": Fix("length_constraints:number_sentences", "list numbers and headings are sentences", _sentences),
    "paragraphs": Fix("length_constraints:number_paragraphs", "*** inside a line, in **** and around bold text divides", _paragraphs),
    "nth-paragraph": Fix("length_constraints:nth_paragraph_first_word", "blank paragraphs count when the nth is looked up; Markdown signs hide its first word", _first_word),
    "placeholders": Fix("detectable_content:number_placeholders", "links, check boxes and repeated placeholders count", _placeholders),
    "postscript": Fix("detectable_content:postscript", "the marker counts anywhere, also in mid-sentence", _postscript),
    "bullets": Fix("detectable_format:number_bullet_lists", "rules (---), negative numbers, emphasis and nested items count as bullet points", _bullets),
    "answer": Fix("detectable_format:constrained_response", "text before and after the answer passes", _answer),
    "highlights": Fix("detectable_format:number_highlighted_sections", "stars of bullet points pair up, bold may count twice", _highlights),
    "sections": Fix("detectable_format:multiple_sections", "the words count in mid-sentence; other case and Roman numbers do not", _sections),
    "json": Fix("detectable_format:json_format", "JSON in a fence after a line of text fails", _json),
    "two-responses": Fix("combination:two_responses", "longer rows of stars divide as well", _two),
    "end": Fix("startend:end_checker", "emphasis or a curly quote after the phrase fails", _end),
    "capitals": Fix("change_case:capital_word_frequency", "single letters (I, A) count as words in capitals", _capitals),
    "quotation": Fix("startend:quotation", "curly quotes fail; \"A\" and \"B\" passes", _quotation),
    "comma": Fix("punctuation:no_comma", "commas of other scripts pass", _comma),
    "language": Fix("language:response_language", "a text without letters passes", _language),
}  # fmt: skip
