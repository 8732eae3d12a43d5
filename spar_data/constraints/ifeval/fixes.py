"""Repairs of known defects of IFEval's checkers, each with a name, for `--checker fixed`.

A defect is a verdict that a careful reader would not give. Where this project has a checker of its own for the same
constraint, that one decides. Matters of taste stay as they are.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial
from typing import NamedTuple

from spar_data.constraints.checkers import character, keyword, length, punctuation, symbol, text_format
from spar_data.constraints.ifeval import content, whole
from spar_data.constraints.ifeval import length as official
from spar_data.constraints.ifeval.language import NO_FEATURES, response_language
from spar_data.constraints.text.words import straight
from spar_data.constraints.verdict import Verdict, explained, judge, shortened


class Fix(NamedTuple):
    """instruction: its id. defect: of the official verdicts. check: the checker that replaces the official one."""

    instruction: str
    defect: str
    check: Callable[..., Verdict]


def _renamed(checker: Callable[..., Verdict], **names: str) -> Callable[..., Verdict]:
    """One of this project's checkers under the official names of its parameters. names: official=ours where they differ."""

    def check(response: str, **kwargs: object) -> Verdict:
        return checker(response, **{names.get(key, key): value for key, value in kwargs.items()})

    return check


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


def _answer(response: str) -> Verdict:
    text = straight(response).strip(" \t\r\n*_\"'`").casefold().rstrip(".")
    passed = any(text == answer.casefold().rstrip(".") for answer in content.ANSWERS)
    return explained(passed, f"'{shortened(response.strip())}'", " is not one of the answers alone")


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


def _quotation(response: str) -> Verdict:
    text = straight(response).strip()
    inner = text.find('"', 1, -1)
    if inner > 0 and text[inner - 1] not in " \t\n([{-\u2013\u2014":  # the first quote inside closes: "A" and "B"
        return Verdict(False, "two quotations, not one around all")
    return whole.quotation(text)


def _language(response: str, *, language: str) -> Verdict:
    verdict = response_language(response, language=language)
    return Verdict(False, "no language can be told from it") if verdict.reason == NO_FEATURES else verdict


FIXES: dict[str, Fix] = {
    "existence-words": Fix("keywords:existence", "a keyword inside a longer word counts, signs in it are a pattern", _renamed(keyword.include, keywords="words")),
    "frequency-words": Fix("keywords:frequency", "a keyword inside a longer word counts, signs in it are a pattern", _renamed(keyword.frequency, keyword="word", frequency="n")),
    "forbidden-signs": Fix("keywords:forbidden_words", "a forbidden word that begins or ends with a sign is never found", _renamed(keyword.exclude, forbidden_words="words")),
    "words": Fix("length_constraints:number_words", "\"don't\" is two words, a run of Chinese or Thai is one", _renamed(length.words, num_words="n")),
    "sentences": Fix("length_constraints:number_sentences", "list numbers and headings are sentences", _renamed(length.sentences, num_sentences="n")),
    "paragraphs": Fix("length_constraints:number_paragraphs", "*** inside a line, in **** and around bold text divides", _paragraphs),
    "nth-paragraph": Fix("length_constraints:nth_paragraph_first_word", "blank paragraphs count when the nth is looked up; Markdown signs hide its first word", _first_word),
    "placeholders": Fix("detectable_content:number_placeholders", "links, check boxes and repeated placeholders count", _renamed(symbol.placeholders, num_placeholders="n")),
    "postscript": Fix("detectable_content:postscript", "the marker counts anywhere, also in mid-sentence", _renamed(text_format.postscript, postscript_marker="marker")),
    "bullets": Fix("detectable_format:number_bullet_lists", "rules (---), negative numbers, emphasis and nested items count as bullet points", _renamed(text_format.bullets, num_bullets="n")),
    "answer": Fix("detectable_format:constrained_response", "text before and after the answer passes", _answer),
    "highlights": Fix("detectable_format:number_highlighted_sections", "stars of bullet points pair up, bold may count twice", _highlights),
    "sections": Fix("detectable_format:multiple_sections", "the words count in mid-sentence; other case and Roman numbers do not", _sections),
    "json": Fix("detectable_format:json_format", "JSON in a fence after a line of text fails", _json),
    "two-responses": Fix("combination:two_responses", "longer rows of stars divide as well", _two),
    "end": Fix("startend:end_checker", "emphasis or a curly quote after the phrase fails", _end),
    "capitals": Fix("change_case:capital_word_frequency", "single letters (I, A) count as words in capitals", _renamed(character.capital_words, capital_frequency="n", capital_relation="relation")),
    "quotation": Fix("startend:quotation", "curly quotes fail; \"A\" and \"B\" passes", _quotation),
    "comma": Fix("punctuation:no_comma", "commas of other scripts pass", partial(punctuation.absent, mark=",")),
    "language": Fix("language:response_language", "a text without letters passes", _language),
}  # fmt: skip
