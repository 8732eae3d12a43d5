"""The rows that FollowBench scores by rules: which they are, and the rules.

`official` gives the verdicts of the repository's code, defects included; `fixed` does what the instruction asks for where
the two differ (docs/followbench.md lists each). Both share their rules; they differ in how a text is read and at the
places that say so.
"""

from __future__ import annotations

import ast
import re
import string
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from spar_eval.followbench.data import Row


class Ruling(NamedTuple):
    """Whether one constraint is met, or all together where a rule does not tell them apart, and why."""

    passed: bool
    reason: str


@dataclass(frozen=True)
class _Text:
    """A response as the rules see it. sentences: without their marks; words: of the whole text."""

    text: str
    sentences: list[str]
    words: list[str]
    fixed: bool

    def has(self, word: str, sentence: int | None = None) -> bool:
        """A whole word, in its case; in the nth sentence from 1, of which there may be fewer."""
        if sentence is None:
            return _word(word, self.text)
        return len(self.sentences) >= sentence and _word(word, self.sentences[sentence - 1])


def by_rules(row: Row) -> bool:
    """Whether a rule scores it, not the judge."""
    if row.category == "example":
        return True
    return row.source in _RULES or (row.category == "format" and row.example_id in (22, 30))


def check(row: Row, response: str, checker: str = "official") -> list[Ruling]:
    """checker: official or fixed. One ruling for each constraint of the row's level, where the rules look at them one by
    one, else one for all of them; all have to pass. Raises KeyError for a row that no rule scores."""
    fixed = checker == "fixed"
    text = _read(response, fixed)
    if row.category == "example":
        return [_example(row, text)]
    if row.category == "format" and row.example_id in (22, 30):
        return (_format_22 if row.example_id == 22 else _format_30)(row, text)[: row.level]
    return _RULES[row.source](row, text)[: row.level]


def _read(response: str, fixed: bool) -> _Text:
    """Official: every . ! and ? ends a sentence, and what is left after the last one is a sentence too unless it is
    empty; single blanks part words. Fixed: marks within a number or name end none, blank sentences and words are none."""
    if not fixed:
        return _Text(response, [s for s in re.split(r"[.!?]", response) if s], response.split(" "), False)
    text = response.strip()
    return _Text(text, _sentences(text), text.split(), True)


def _sentences(text: str) -> list[str]:
    return [s for s in re.split(r"(?<![.!?])[.!?]+[\"')\]*]*(?:\s+|$)", text) if s.strip()]


def _word(word: str, text: str) -> bool:
    return re.search(rf"\b{re.escape(word)}\b", text) is not None


def _count(found: int, wanted: str, met: bool) -> Ruling:
    return Ruling(met, f"{wanted} wanted, {found} found")


def _same(row: Row, text: _Text) -> list[Ruling]:
    return [Ruling(text.text == row.target, f"the response has to be {row.target[:80]!r}")]


def _events(row: Row, text: _Text) -> list[Ruling]:
    """Official: every line is a right one, however few there are and however often. Fixed: as many as the level asks for."""
    right = row.target.split("\n")
    lines = text.text.split("\n")
    if not text.fixed:
        return [_lines(lines, right)]
    lines = [line.strip() for line in lines if line.strip()]
    number = len(set(lines))
    if number != row.level or len(lines) != row.level:
        return [_count(number, f"{row.level} different lines", False)]
    return [_lines(lines, [line.strip() for line in right])]


def _lines(lines: list[str], right: list[str]) -> Ruling:
    wrong = next((line for line in lines if line not in right), None)
    return Ruling(
        wrong is None, "every line is a right event" if wrong is None else f"{wrong[:80]!r} is no right event"
    )


def _entity(row: Row, text: _Text) -> list[Ruling]:
    right = ast.literal_eval(row.target)
    return [Ruling(text.text in right, f"one of {', '.join(right)} wanted")]


def _last(pattern: str) -> Callable[[Row, _Text], list[Ruling]]:
    """The last match is the answer."""

    def rule(row: Row, text: _Text) -> list[Ruling]:
        found = re.findall(pattern, text.text)
        last = found[-1] if found else "none"
        return [Ruling(bool(found) and last == row.target, f"{row.target} wanted, the last answer found is {last}")]

    return rule


def _money(row: Row, text: _Text) -> list[Ruling]:
    """Official: cents and thousands are cut off. Fixed: amounts are compared as numbers."""
    if not text.fixed:
        return _last(r"\$\d+")(row, text)
    last, wanted = _amount(text.text), _amount(row.target)
    return [Ruling(wanted is not None and last == wanted, f"{row.target} wanted, the last amount found is {last}")]


def _amount(text: str) -> float | None:
    """The last amount in dollars."""
    found = re.findall(r"\$ ?(\d[\d,]*(?:\.\d+)?)", text)
    return float(found[-1].replace(",", "")) if found else None


def _within(row: Row, text: _Text) -> list[Ruling]:
    """Official: anywhere, so that "120th floor" holds "20th floor". Fixed: as whole words, in any case."""
    found = row.target in text.text
    if text.fixed:
        found = re.search(rf"(?<!\w){re.escape(row.target)}(?!\w)", text.text, re.IGNORECASE) is not None
    return [Ruling(found, f"{row.target!r} has to stand in the response")]


def _cnn(row: Row, text: _Text) -> list[Ruling]:
    n, longest = len(text.sentences), max((len(s.split()) for s in text.sentences), default=0)
    keywords = text.has("Potter", 1) and text.has("actor", 2) and text.has("films", 3)
    perfect = n >= 3 and re.search(r"\b(has|have)\s+\w+", text.sentences[2]) is not None
    return [
        _count(n, "3 sentences", n == 3),
        _count(longest, "under 15 words a sentence", longest < 15),
        Ruling(keywords, "'Potter', 'actor' and 'films' have to stand in sentences 1, 2 and 3"),
        Ruling(not text.has("lavish", 2), "'lavish' must not stand in sentence 2"),
        Ruling(perfect, "sentence 3 needs has or have and a word after it"),
    ]


def _xsum(row: Row, text: _Text) -> list[Ruling]:
    continuous = re.search(r"\b(am|is|are)\s+\w+ing\b", text.text) is not None
    return [
        *_one_sentence(text, "under 20 words", len(text.words) < 20),
        Ruling(not text.has("Newton Stewart"), "'Newton Stewart' must not appear"),
        Ruling(continuous, "am, is or are and a word in -ing are needed"),
        Ruling(text.has("operation"), "'operation' has to appear"),
    ]


def _samsum(row: Row, text: _Text) -> list[Ruling]:
    marks = sum(c in string.punctuation for c in text.text)
    return [
        *_one_sentence(text, "under 15 words", len(text.words) < 15),
        Ruling(text.has("stuff"), "'stuff' has to appear"),
        Ruling(not re.search("procrast", text.text, re.IGNORECASE), "no form of 'procrast' may appear"),
        _count(marks, "1 punctuation mark", marks == 1),
    ]


def _gigaword(row: Row, text: _Text) -> list[Ruling]:
    return [
        _count(len(text.words), "8 words", len(text.words) == 8),
        Ruling(not any(c in string.punctuation for c in text.text), "no punctuation may appear"),
        Ruling(text.text.islower(), "all letters have to be lower case"),
        Ruling(not text.has("bus"), "'bus' must not appear"),
        Ruling(text.has("in"), "'in' has to appear"),
    ]


def _arxiv(row: Row, text: _Text) -> list[Ruling]:
    we = text.text.startswith("We") if not text.fixed else re.match(r"We\b", text.text) is not None
    return [
        *_one_sentence(text, "at most 20 words", len(text.words) <= 20),
        Ruling(we, "'We' has to come first"),  # official: "Western" does
        Ruling(text.has("activations"), "'activations' has to appear"),
        Ruling(not text.has("transformer"), "'transformer' must not appear"),
    ]


def _one_sentence(text: _Text, words: str, met: bool) -> list[Ruling]:
    n = len(text.sentences)
    return [_count(n, "1 sentence", n == 1), _count(len(text.words), words, met)]


def _format_22(row: Row, text: _Text) -> list[Ruling]:
    """Three paragraphs, each under 3 sentences, each sentence over 20 words, numbers before paragraphs, closing words.

    Official: "1" of "1. Wipe" is a sentence of one word and so are the closing words short ones, so that no response with
    text can pass levels 4 and 5, while two pairs of line ends alone pass level 4. Fixed: neither number nor closing words
    are sentences.
    """
    closing = "Those are suggestions"
    if text.fixed:
        ending = re.search(rf"[\"'*]*{closing}[.!]?[\"'*]*$", text.text)
        body = text.text[: ending.start()] if ending and row.level == 5 else text.text
        paragraphs = [p.strip() for p in re.split(r"\n\s*\n", body) if p.strip()]
        marked = bool(paragraphs) and all(re.match(r"\W*\d+[.)]", p) for p in paragraphs)
        counted = [_sentences(re.sub(r"^\W*\d+[.)]\W*", "", p)) for p in paragraphs]
        sentences, closes, wanted = [s for each in counted for s in each], ending is not None, 3
        most = max((len(each) for each in counted), default=0)
    else:
        paragraphs, sentences = text.text.split("\n\n"), text.sentences
        marked = all(re.match(r"\d+\.", p.lstrip()) for p in paragraphs if p.strip())
        closes, wanted = text.text.endswith(closing), 4 if row.level == 5 else 3
        most = max(len(_read(p, False).sentences) for p in paragraphs[:3])
    shortest = min((len(s.split()) for s in sentences), default=None)
    return [
        _count(len(paragraphs), f"{wanted} paragraphs", len(paragraphs) == wanted),
        _count(most, "under 3 sentences a paragraph", most < 3),
        _count(shortest or 0, "over 20 words a sentence", shortest is None or shortest > 20),
        Ruling(marked, "every paragraph has to begin with a number and a dot"),
        Ruling(closes, f"{closing!r} has to end the response"),
    ]


def _format_30(row: Row, text: _Text) -> list[Ruling]:
    """Five points. Official: asks for a keyword after each ** from level 2 on, which the instruction does at level 5,
    so that its constraints 2 to 5 stand one level off; and its "-ly" means words that end in hyphen, l, y. Fixed: the
    order of the instruction, and words that end in ly."""
    if text.fixed:
        points = [line.strip() for line in text.text.split("\n") if "**" in line]
        bodies = [_sentences(re.sub(r"^.*\*\*", "", p).lstrip(" :.-\u2013\u2014")) for p in points]
        most = max((len(b) for b in bodies), default=0)
        plain = re.sub(
            r"^[ \t]*(?:[-*+]|\d+[.)])?[ \t]*\*\*[^*\n]*\*\*[ \t:.\-\u2013\u2014]*", "", text.text, flags=re.M
        )
        sizes = [len(s.split()) for s in _sentences(plain)]
        adverb = re.search(r"\b\w+ly\b", text.text, re.IGNORECASE)
        keywords = sum(re.match(r"(?:[-*+]\s|\d+[.)])?\s*\*\*[^*]+\*\*", p) is not None for p in points)
        return [
            Ruling("**" in text.text, "** has to appear"),
            _count(most, "under 2 sentences a point", most < 2),
            Ruling(all(10 <= size <= 15 for size in sizes), f"10 to 15 words a sentence wanted, {sizes} found"),
            Ruling(adverb is None, f"no word in -ly may appear{f': {adverb[0]!r} does' if adverb else ''}"),
            _count(keywords, "5 points that begin with a keyword in **", keywords == 5),
        ]
    # the official splitting: white space after a full stop or question mark, not after "e.g." or "Mr."
    sentences = re.split(r"(?<!\w\.\w.)(?<![A-Z][a-z]\.)(?<=\.|\?)\s", text.text)
    keywords = len(re.findall(r"\*\*\d.+?:", text.text))
    points = [s for s in sentences if any(f"{number}." in s for number in range(1, 6))]
    most = max((len(s.split(".")) for s in points), default=0)
    sizes = [len(s.split()) for s in sentences]
    adverbs = any(word.endswith("-ly") for s in sentences for word in s.split())
    return [
        Ruling("**" in text.text, "** has to appear"),
        _count(keywords, "5 times **, a number, and a colon after it", keywords == 5),
        _count(most, "under 3 pieces between dots a point", most < 3),
        Ruling(all(10 <= size <= 15 for size in sizes), f"10 to 15 words a sentence wanted, {sizes} found"),
        Ruling(not adverbs, "no word may end in '-ly'"),
    ]


def _example(row: Row, text: _Text) -> Ruling:
    """The response has the form of the examples: the template with anything as answer. Official: that stands on one line,
    so that the reference answers of billsum fail. Fixed: on several if the reference does, and it is not empty."""
    template = row.target.replace("{instruction}\n", "").replace("{{", "{").replace("}}", "}")
    answer = ".*" if not text.fixed else r"\s*\S[\s\S]*" if "\n" in row.answer else r"[^\S\n]*\S.*"
    pattern = answer.join(map(re.escape, template.split("{answer}")))
    return Ruling(re.fullmatch(pattern, text.text) is not None, f"the form {template!r} is wanted")


_RULES: dict[str, Callable[[Row, _Text], list[Ruling]]] = {
    "E2E": _same,
    "WIKIEVENTS": _events,
    "CONLL2003": _entity,
    "text_editing": _same,
    "cnn_dailymail": _cnn,
    "xsum": _xsum,
    "samsum": _samsum,
    "gigaword": _gigaword,
    "arxiv": _arxiv,
    "BBH_logical": _last(r"\([A-Z]\)"),
    "BBH_time": _last(r"\d{2}/\d{2}/\d{4}"),
    "self_made_space": _within,
    "gsm_8k": _money,
}
