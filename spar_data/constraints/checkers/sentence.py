"""How a response begins and ends, and properties of its sentences.

Texts are compared as a reader sees them: runs of white space, the kind of quotes and Markdown emphasis are ignored, case
is not. Whole words have to match: 'The' is not the start of 'There'.
"""

from __future__ import annotations

from itertools import pairwise

from spar_data.constraints.text.sentences import sentences
from spar_data.constraints.text.words import fold, occurrences, plain, words
from spar_data.constraints.verdict import Verdict, explained, judge, shortened


def starts(response: str, *, text: str) -> Verdict:
    """The response begins with the text; opening quotes and heading signs before it are ignored."""
    body, opening = plain(response), plain(text)
    passed = any(occurrences(opening, form[: len(opening) + 1])[:1] == [0] for form in (body, body.lstrip("\"'#> ")))
    return explained(passed, f"begins with '{shortened(body)}'", f", not with '{text}'")


def ends(response: str, *, text: str) -> Verdict:
    """The response ends with the text; only closing quotes behind it are ignored."""
    body, closing = plain(response), plain(text)
    passed = False
    for form in (body, body.rstrip("\"' ")):
        at = max(0, len(form) - len(closing) - 1)
        passed = passed or any(at + hit + len(closing) == len(form) for hit in occurrences(closing, form[at:]))
    tail = shortened(body[-max(20, len(closing)) :], max(40, len(closing)))
    return explained(passed, f"ends with '{tail}'", f", not with '{text}'")


def contains(response: str, *, text: str) -> Verdict:
    """The text occurs somewhere in the response."""
    passed = bool(occurrences(plain(text), plain(response)))
    return Verdict(passed, f"{'has' if passed else 'without'} '{shortened(text)}'")


def distinct_openings(response: str) -> Verdict:
    """No two neighbouring sentences begin with the same word, in any case.

    In a script without spaces between words the first character is the first word.
    """
    openings = [first for sentence in sentences(response) for first in words(sentence)[:1]]
    for number, (first, second) in enumerate(pairwise(openings), start=1):
        if fold(first) == fold(second):
            return Verdict(False, f"sentences {number} and {number + 1} both begin with '{second}'")
    return Verdict(True, f"{len(openings)} sentences, no two neighbours begin alike")


def questions(response: str, *, relation: str, n: int) -> Verdict:
    """Counts sentences with a question mark among their final marks, also in '?!' and before a closing quote."""
    return judge(sum(is_question(sentence) for sentence in sentences(response)), "question", relation, n)


def is_question(sentence: str) -> bool:
    """Whether a question mark is among the final marks of a sentence."""
    return any(mark in split_marks(sentence)[1] for mark in "?？؟")


def split_marks(sentence: str) -> tuple[str, str]:
    """Splits a sentence before its final marks and the quotes and brackets around them."""
    end = len(sentence.rstrip("?？؟!！\"'”’»」』）)]*_ "))
    return sentence[:end], sentence[end:]
