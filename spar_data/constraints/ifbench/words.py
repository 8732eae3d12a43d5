"""words:* of IFBench, but for `last_first`, which is with the sentences."""

from __future__ import annotations

import re
import string
from collections import Counter
from itertools import pairwise

from spar_data.constraints.ifbench import tagger
from spar_data.constraints.ifbench.text import EDGES, Ordinal, bare, bare_words, listed
from spar_data.constraints.text import nltk as nltk_text
from spar_data.constraints.verdict import NOT_CHECKED, Verdict, counted, shortened
from spar_data.core.errors import missing_package

_PRIMES = frozenset({2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71, 73, 79, 83, 89, 97})
_CLUSTER = re.compile("[bcdfghjklmnpqrstvwxyz]{2}")


def start_verb(response: str) -> Verdict:
    """By NLTK's part-of-speech tagger, which takes some imperatives for nouns ("Go home now." among them)."""
    tokens = nltk_text.tokens(response)
    if not tokens:
        return Verdict(False, "no words")
    tag = tagger.first(tokens)
    if tag is None:
        return Verdict(False, f"{NOT_CHECKED}NLTK's {tagger.NAME} is not installed")
    return Verdict("VB" in tag, f"begins with '{shortened(tokens[0])}', tagged {tag}; a verb, VB..., is asked")


def repeats(response: str, *, small_n: int) -> Verdict:
    """No word stands more than `small_n` times in the response, the first time included."""
    often = [(word, n) for word, n in Counter(bare_words(response.lower())).most_common(10) if n > small_n]
    if not often:
        return Verdict(True, f"no word more than {small_n} times")
    found = ", ".join(f"'{shortened(word)}' {n} times" for word, n in often)
    return Verdict(False, f"{found}; at most {small_n} asked")


def odd_even_syllables(response: str) -> Verdict:
    """Syllables as the package syllapy counts them: a word list, else groups of vowels; a word with digits has none."""
    try:
        import syllapy
    except ImportError:
        raise missing_package("syllapy", "eval", "Counting syllables") from None
    words = bare(response).lower().split()
    counts = [syllapy.count(word) for word in words]
    for at, (one, other) in enumerate(pairwise(counts)):
        if one % 2 == other % 2:
            pair = f"'{shortened(words[at])}' ({one}) and '{shortened(words[at + 1])}' ({other})"
            return Verdict(False, f"{pair} both have an {'odd' if one % 2 else 'even'} number of syllables")
    return Verdict(True, f"{counted(len(words), 'word')}, odd and even in turn")


def paragraph_last_first(response: str) -> Verdict:
    """Every line that has words; the first word may carry punctuation at its end, the last one at its start."""
    for number, line in enumerate(response.split("\n"), start=1):
        words = line.strip().lower().strip(EDGES).split()
        if words and words[0] != words[-1]:
            return Verdict(
                False, f"line {number} begins with '{shortened(words[0])}', ends with '{shortened(words[-1])}'"
            )
    return Verdict(True, "every paragraph ends with its first word")


def no_consecutive(response: str) -> Verdict:
    for one, other in pairwise(bare_words(response.lower())):
        if one[0] == other[0]:
            return Verdict(False, f"'{shortened(one)}' and '{shortened(other)}' begin with the same letter")
    return Verdict(True, "no two neighbours begin alike")


def alphabet(response: str) -> Verdict:
    """From any letter on; the order is checked from word to word and goes on at a behind z."""
    words = bare_words(response)
    if not words:
        return Verdict(False, "no words")
    letter = words[0][0].lower()
    if letter not in string.ascii_lowercase:
        return Verdict(False, f"begins with '{shortened(words[0])}', a letter from a to z is asked")
    for word in words[1:]:
        letter = "a" if letter == "z" else chr(ord(letter) + 1)
        if word.lower()[0] != letter:
            return Verdict(False, f"'{shortened(word)}' stands where a word with '{letter}' is asked")
    return Verdict(True, f"{counted(len(words), 'word')} along the alphabet")


def vowel(response: str) -> Verdict:
    """One line, with at most three of a, e, i, o and u in all of it."""
    lines = response.strip().count("\n") + 1
    if lines > 1:
        return Verdict(False, f"{lines} lines, one paragraph asked")
    found = [each for each in "aeiou" if each in response.lower()]
    return Verdict(len(found) <= 3, f"{counted(len(found), 'vowel')}: {listed(found)}; at most 3 different ones asked")


def consonants(response: str) -> Verdict:
    """Two consonants of a to z side by side in every piece between white space; y is one, lone punctuation fails."""
    for word in response.lower().split():
        if not _CLUSTER.search(word):
            return Verdict(False, f"'{shortened(word)}' has no two consonants together")
    return Verdict(True, "a consonant cluster in every word")


def palindrome(response: str) -> Verdict:
    """Repeats count again, and so do numbers such as 12321."""
    found = [word for word in bare_words(response.lower()) if len(word) >= 5 and word == word[::-1]]
    return Verdict(
        len(found) >= 10,
        f"{counted(len(found), 'palindrome')} of 5 letters or more: {listed(found)}; at least 10 asked",
    )


def prime_lengths(response: str) -> Verdict:
    """Without ASCII punctuation; primes up to 97."""
    for word in bare_words(response):
        if len(word) not in _PRIMES:
            return Verdict(
                False, f"'{shortened(word)}' has {counted(len(word), 'character')}, not a prime number up to 97"
            )
    return Verdict(True, "every word has a prime number of characters")


def keywords_specific_position(response: str, *, keyword: str, n: Ordinal, m: Ordinal) -> Verdict:
    """Words are NLTK's tokens that have a letter or digit: "don't" is "do" and "n't"."""
    sentences = nltk_text.sentences(response)
    if len(sentences) < n:
        return Verdict(False, f"{counted(len(sentences), 'sentence')}, '{keyword.strip()}' is asked in sentence {n}")
    words = [token for token in nltk_text.tokens(sentences[n - 1]) if any(map(str.isalnum, token))]
    if len(words) < m:
        return Verdict(
            False, f"sentence {n} has {counted(len(words), 'word')}, '{keyword.strip()}' is asked as word {m}"
        )
    found = words[m - 1].lower() == keyword.strip().lower()
    return Verdict(
        found,
        f"word {m} of sentence {n} is '{shortened(words[m - 1])}'" + ("" if found else f", not '{keyword.strip()}'"),
    )


def words_position(response: str, *, keyword: str) -> Verdict:
    """By NLTK's tokens: punctuation is one, but for a single token of it at the end."""
    tokens = nltk_text.tokens(response)
    asked = keyword.strip()
    from_end = 3 if tokens and tokens[-1] in string.punctuation else 2
    if len(tokens) < from_end:
        return Verdict(False, "fewer than two words")
    second, late = tokens[1], tokens[-from_end]
    found = second.lower() == late.lower() == asked.lower()
    tail = "" if found else f"; '{asked}' is asked for both"
    return Verdict(found, f"'{shortened(second)}' is second, '{shortened(late)}' second to last{tail}")
