"""Adds given sentences and questions, and changes openings of sentences."""

from __future__ import annotations

from collections.abc import Iterator

from spar_data.constraints.checkers.sentence import is_question, split_marks
from spar_data.constraints.repairs.edit import excess, insert, insert_some, spans, splice
from spar_data.constraints.repairs.length import lowered
from spar_data.constraints.repairs.phrases import phrases_for
from spar_data.constraints.text.words import fold, words


def starts(response: str, *, text: str) -> Iterator[str]:
    body, phrases = response.lstrip(), phrases_for(text)
    opening = text.strip()
    prose = body[:1] not in "#>|<[{`-*•" and not body[:1].isdigit()
    gap = (phrases.space if opening[-1:] in "。！？" else " ") if prose else "\n\n"
    yield f"{opening}{gap}{body}"
    yield f"{opening}\n\n{body}"


def ends(response: str, *, text: str) -> Iterator[str]:
    body, phrases = response.rstrip(), phrases_for(text)
    closing = text.strip()
    line = body[body.rfind("\n") + 1 :]
    if body[-1:] in '.!?…"”»)' and line[:1] not in "#>|<[{`-*•0123456789":
        yield f"{body} {closing}"
    elif body[-1:] in "。！？":
        yield f"{body}{phrases.space}{closing}"
    yield f"{body}\n\n{closing}"
    yield f"{body} {closing}"


def contains(response: str, *, text: str) -> Iterator[str]:
    yield from insert(response, text.strip(), phrases_for(response), verbatim=True)


def questions(response: str, *, relation: str, n: int) -> Iterator[str]:
    existing = [span for span in spans(response) if is_question(response[span.start : span.end])]
    surplus, lacking = excess(existing, relation, n)
    for chosen in surplus:
        yield splice(response, ((start, end, _statement(response[start:end])) for start, end, _ in chosen))
    if lacking:
        phrases = phrases_for(response)
        fresh = [question for question in phrases.question if question not in response] or phrases.question
        yield from insert_some(response, fresh, lacking, phrases)


def _statement(question: str) -> str:
    statement, marks = split_marks(question.rstrip())
    for mark, stop in (("?", "."), ("？", "。"), ("؟", ".")):
        marks = marks.replace(mark, stop, 1).replace(mark, "")
    return statement.rstrip() + marks


def distinct_openings(response: str) -> Iterator[str]:
    """Puts a word that keeps the word order ("And the ...") before a sentence that opens like the one before it."""
    phrases = phrases_for(response)
    for turn in range(3):
        openers = phrases.openers[turn:] + phrases.openers[:turn]
        previous, used, pieces = "", 0, []
        openings = [(span, word) for span in spans(response) for word in words(response[span.start : span.end])[:1]]
        for number, (span, word) in enumerate(openings):
            opening = fold(word)
            if opening == previous:
                following = fold(openings[number + 1][1]) if number + 1 < len(openings) else ""
                start = response.index(word, span.start)
                free = [o for o in openers if fold(words(o)[0]) not in (previous, following)]
                opener = free[used % len(free)]
                used += 1
                rest = lowered(response[start : span.end], phrases)
                if word.isupper() and len(word) > 2:
                    opener, rest = opener.upper(), response[start : span.end]
                elif word[0].islower():
                    opener = opener.lower()
                pieces.append((start, span.end, opener + phrases.space + rest))
                opening = fold(words(opener)[0])
            previous = opening
        yield splice(response, pieces)
