"""How a response begins and ends, and what its sentences are like.

A given text is compared as a reader sees it: runs of white space, the kind of quotes and Markdown emphasis do not
matter, case does. It has to stand as whole words: 'The' is not the start of 'There'.
"""

from __future__ import annotations

from itertools import pairwise

from spar_data.constraints.text.sentences import sentences
from spar_data.constraints.text.words import fold, occurrences, plain, words
from spar_data.constraints.verdict import Verdict, judge, shortened


def starts(response: str, *, text: str) -> Verdict:
    """The response begins with the text; opening quotes and heading signs before it are ignored."""
    seen, wanted = plain(response), plain(text)
    found = any(occurrences(wanted, form[: len(wanted) + 1])[:1] == [0] for form in (seen, seen.lstrip("\"'#> ")))
    return Verdict(found, f"begins with '{shortened(seen)}'" + ("" if found else f", not with '{text}'"))


def ends(response: str, *, text: str) -> Verdict:
    """The response ends with the text; closing quotes behind it are ignored, nothing else."""
    seen, wanted = plain(response), plain(text)
    found = False
    for form in (seen, seen.rstrip("\"' ")):
        at = max(0, len(form) - len(wanted) - 1)
        found = found or any(at + hit + len(wanted) == len(form) for hit in occurrences(wanted, form[at:]))
    tail = shortened(seen[-max(20, len(wanted)) :], max(40, len(wanted)))
    return Verdict(found, f"ends with '{tail}'" + ("" if found else f", not with '{text}'"))


def contains(response: str, *, text: str) -> Verdict:
    """The text stands somewhere in the response."""
    found = bool(occurrences(plain(text), plain(response)))
    return Verdict(found, f"{'has' if found else 'without'} '{shortened(text)}'")


def distinct_openings(response: str) -> Verdict:
    """No two neighbouring sentences begin with the same word, regardless of case.

    In a script without spaces between words the first character counts as the first word.
    """
    openings = [found[0] for sentence in sentences(response) if (found := words(sentence))]
    for number, (first, second) in enumerate(pairwise(openings), start=1):
        if fold(first) == fold(second):
            return Verdict(False, f"sentences {number} and {number + 1} both begin with '{second}'")
    return Verdict(True, f"{len(openings)} sentences, no two neighbours begin alike")


def questions(response: str, *, relation: str, n: int) -> Verdict:
    """Counts sentences with '?' or '？' among their last marks, also '?!' and before a closing quote."""
    return judge(sum(_is_question(sentence) for sentence in sentences(response)), "question", relation, n)


def _is_question(sentence: str) -> bool:
    tail = sentence[len(sentence.rstrip("?？؟!！\"'”’»」』）)]*_ ")) :]
    return any(mark in tail for mark in "?？؟")
