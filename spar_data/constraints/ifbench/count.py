"""count:* of IFBench."""

from __future__ import annotations

import re

from spar_data.constraints.ifbench.text import EDGES, bare, listed, nth, official_words
from spar_data.constraints.text import nltk as nltk_text
from spar_data.constraints.validation import Ordinal
from spar_data.constraints.verdict import Verdict, counted, judge, shortened

CONJUNCTIONS = frozenset({"and", "but", "for", "nor", "or", "so", "yet"})
NAMES = frozenset(official_words("names"))
PRONOUNS = frozenset(official_words("pronouns"))
_JAPANESE = re.compile("[\u3040-\u30ff\u4e00-\u9fff]")


def word_count_range(response: str, *, min_words: int, max_words: int) -> Verdict:
    r"""The number of words is in the range. Words are runs of `\w`: "don't" is two."""
    n = len(nltk_text.words(response))
    return Verdict(min_words <= n <= max_words, f"{counted(n, 'word')}, {min_words} to {max_words} asked")


def unique_word_count(response: str, *, N: int) -> Verdict:
    """Counts different words in any case, without punctuation at the ends; lone marks count as one word together."""
    return judge(len({word.strip(EDGES) for word in response.lower().split()}), "different word", "at least", N)


def conjunctions(response: str, *, small_n: int) -> Verdict:
    """Counts different conjunctions by spelling: "And", "and" and "and," are three."""
    present = dict.fromkeys(word for word in response.split() if word.strip(EDGES).lower() in CONJUNCTIONS)
    reason = f"{counted(len(present), 'conjunction')}: {listed(present)}; at least {small_n} different ones asked"
    return Verdict(len(present) >= small_n, reason)


def person_names(response: str, *, N: int) -> Verdict:
    r"""Counts which of the 50 names of the prompt occur as whole words (officially `\bname\b`), in their case."""
    names = sorted(NAMES.intersection(re.findall(r"\w+", response)))
    reason = f"{counted(len(names), 'name')} of the list: {listed(names)}; at least {N} different ones asked"
    return Verdict(len(names) >= N, reason)


def numbers(response: str, *, N: int) -> Verdict:
    """Counts runs of digits after ASCII punctuation is removed: "1,000.5" is one number, and so is "3-4"."""
    return judge(len(re.findall(r"\d+", bare(response))), "number", "exactly", N)


def pronouns(response: str, *, N: int) -> Verdict:
    """Counts tokens of the official list; "she/her" is two."""
    tokens = nltk_text.tokens(response.replace("/", " ").lower())
    return judge(sum(token in PRONOUNS for token in tokens), "pronoun", "at least", N)


def punctuation(response: str) -> Verdict:
    """Each of . , ! ? ; : occurs, and an interrobang (?!, !? or ‽) whose signs do not count for them."""
    if not any(mark in response for mark in ("!?", "?!", "‽")):
        return Verdict(False, "no interrobang: one of ?!, !? and ‽ is asked")
    rest = response.replace("?!" if "?!" in response else "!?", "", 1)
    missing = [mark for mark in ".,!?;:" if mark not in rest]
    return Verdict(not missing, f"besides the interrobang there is no {' '.join(missing)}" if missing else "every mark")


def words_japanese(response: str, *, N: Ordinal) -> Verdict:
    """Every N-th word has a kana or a CJK character; numbers and lone punctuation pass."""
    selected = response.split()[N - 1 :: N]
    for number, word in enumerate(selected, start=1):
        inside = word.strip(EDGES)
        if inside and not inside.isdigit() and not _JAPANESE.search(inside):
            return Verdict(False, f"word {number * N} is '{shortened(inside)}', not Japanese")
    every = f"every {nth(N)} word" if N > 1 else "every word"
    return Verdict(True, f"{every} is Japanese, of {len(response.split())}")


def keywords_multiple(
    response: str, *, keyword1: str, keyword2: str, keyword3: str, keyword4: str, keyword5: str
) -> Verdict:
    """The keywords occur once, twice, three, five and seven times, also inside words: "indoors" has "door"."""
    text = response.lower()
    wrong = []
    for keyword, expected in zip((keyword1, keyword2, keyword3, keyword4, keyword5), (1, 2, 3, 5, 7), strict=True):
        count = text.count(keyword.strip().lower())
        if count != expected:
            wrong.append(f"'{keyword.strip()}' {count} times, {expected} asked")
    return Verdict(not wrong, "; ".join(wrong) or "each keyword as often as asked")
