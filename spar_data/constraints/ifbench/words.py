"""words:* of IFBench."""

from __future__ import annotations

import re
import string
from collections import Counter
from itertools import pairwise

from spar_data.constraints.ifbench import tagger
from spar_data.constraints.ifbench.text import EDGES, bare, bare_words, listed
from spar_data.constraints.text import nltk as nltk_text
from spar_data.constraints.validation import Ordinal
from spar_data.constraints.verdict import NOT_CHECKED, Verdict, counted, explained, shortened
from spar_data.core.errors import importing

_PRIMES = frozenset({2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71, 73, 79, 83, 89, 97})
_CLUSTER = re.compile("[bcdfghjklmnpqrstvwxyz]{2}")


def start_verb(response: str) -> Verdict:
    """NLTK's tagger takes the first word for a verb. It takes some imperatives for nouns, e.g. in "Go home now."."""
    tokens = nltk_text.tokens(response)
    if not tokens:
        return Verdict(False, "no words")
    tag = tagger.first(tokens)
    if tag is None:
        return Verdict(False, f"{NOT_CHECKED}NLTK's {tagger.NAME} is not installed")
    return Verdict("VB" in tag, f"begins with '{shortened(tokens[0])}', tagged {tag}; a verb, VB..., is asked")


def repeats(response: str, *, small_n: int) -> Verdict:
    """No word occurs more than `small_n` times."""
    often = [(word, n) for word, n in Counter(bare_words(response.lower())).most_common(10) if n > small_n]
    if not often:
        return Verdict(True, f"no word more than {small_n} times")
    listed_words = ", ".join(f"'{shortened(word)}' {n} times" for word, n in often)
    return Verdict(False, f"{listed_words}; at most {small_n} asked")


def odd_even_syllables(response: str) -> Verdict:
    """Words with odd and even numbers of syllables alternate.

    The package syllapy counts syllables: by a word list, otherwise by groups of vowels; a word with digits has none.
    """
    with importing("syllapy", "eval", "Counting syllables"):
        import syllapy
    words = bare(response).lower().split()
    counts = [syllapy.count(word) for word in words]
    for at, (one, other) in enumerate(pairwise(counts)):
        if one % 2 == other % 2:
            pair = f"'{shortened(words[at])}' ({one}) and '{shortened(words[at + 1])}' ({other})"
            return Verdict(False, f"{pair} both have an {'odd' if one % 2 else 'even'} number of syllables")
    return Verdict(True, f"{counted(len(words), 'word')}, odd and even in turn")


def last_first(response: str) -> Verdict:
    """Each sentence begins with the last word of the one before, in any case. Quotes and dashes beyond ASCII belong to words."""
    for number, (one, other) in enumerate(pairwise(nltk_text.sentences(response)), start=1):
        last, first = one.rstrip(EDGES).split()[-1:], other.lstrip(EDGES).split()[:1]
        if not last or not first:
            return Verdict(False, f"sentence {number if not last else number + 1} has no words")
        if last[0].lower() != first[0].lower():
            pair = f"ends with '{shortened(last[0])}', sentence {number + 1} begins with '{shortened(first[0])}'"
            return Verdict(False, f"sentence {number} {pair}")
    return Verdict(True, "every sentence begins with the last word of the one before")


def paragraph_last_first(response: str) -> Verdict:
    """Every line with words ends with its first word. Only punctuation at both ends of the line is ignored."""
    for number, line in enumerate(response.split("\n"), start=1):
        words = line.strip().lower().strip(EDGES).split()
        if words and words[0] != words[-1]:
            first, last = map(shortened, (words[0], words[-1]))
            return Verdict(False, f"line {number} begins with '{first}', ends with '{last}'")
    return Verdict(True, "every paragraph ends with its first word")


def no_consecutive(response: str) -> Verdict:
    """No two neighbouring words begin with the same letter."""
    for one, other in pairwise(bare_words(response.lower())):
        if one[0] == other[0]:
            return Verdict(False, f"'{shortened(one)}' and '{shortened(other)}' begin with the same letter")
    return Verdict(True, "no two neighbours begin alike")


def alphabet(response: str) -> Verdict:
    """The words begin with consecutive letters, from any letter on; a follows z."""
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
    """One line with at most three of the vowels a, e, i, o and u."""
    lines = response.strip().count("\n") + 1
    if lines > 1:
        return Verdict(False, f"{lines} lines, one paragraph asked")
    vowels = [letter for letter in "aeiou" if letter in response.lower()]
    reason = f"{counted(len(vowels), 'vowel')}: {listed(vowels)}; at most 3 different ones asked"
    return Verdict(len(vowels) <= 3, reason)


def consonants(response: str) -> Verdict:
    """Every piece between white space has two neighbouring consonants of a to z, y included; lone punctuation fails."""
    for word in response.lower().split():
        if not _CLUSTER.search(word):
            return Verdict(False, f"'{shortened(word)}' has no two consonants together")
    return Verdict(True, "a consonant cluster in every word")


def palindrome(response: str) -> Verdict:
    """Ten palindromes of 5 letters or more; repeats and numbers such as 12321 count."""
    palindromes = [word for word in bare_words(response.lower()) if len(word) >= 5 and word == word[::-1]]
    number = counted(len(palindromes), "palindrome")
    reason = f"{number} of 5 letters or more: {listed(palindromes)}; at least 10 asked"
    return Verdict(len(palindromes) >= 10, reason)


def prime_lengths(response: str) -> Verdict:
    """Without ASCII punctuation, the length of every word is a prime number up to 97."""
    for word in bare_words(response):
        if len(word) not in _PRIMES:
            length = counted(len(word), "character")
            return Verdict(False, f"'{shortened(word)}' has {length}, not a prime number up to 97")
    return Verdict(True, "every word has a prime number of characters")


def keywords_specific_position(response: str, *, keyword: str, n: Ordinal, m: Ordinal) -> Verdict:
    """Word m of sentence n is the keyword. Words are NLTK's tokens with a letter or digit: "don't" is "do" and "n't"."""
    sentences, expected = nltk_text.sentences(response), keyword.strip()
    if len(sentences) < n:
        return Verdict(False, f"{counted(len(sentences), 'sentence')}, '{expected}' is asked in sentence {n}")
    words = [token for token in nltk_text.tokens(sentences[n - 1]) if any(map(str.isalnum, token))]
    if len(words) < m:
        return Verdict(False, f"sentence {n} has {counted(len(words), 'word')}, '{expected}' is asked as word {m}")
    word = words[m - 1]
    reason = f"word {m} of sentence {n} is '{shortened(word)}'"
    return explained(word.lower() == expected.lower(), reason, f", not '{expected}'")


def words_position(response: str, *, keyword: str) -> Verdict:
    """The keyword is the second and the second-to-last of NLTK's tokens; one final punctuation token is ignored."""
    tokens = nltk_text.tokens(response)
    expected = keyword.strip()
    from_end = 3 if tokens and tokens[-1] in string.punctuation else 2
    if len(tokens) < from_end:
        return Verdict(False, "fewer than two words")
    second, late = tokens[1], tokens[-from_end]
    passed = second.lower() == late.lower() == expected.lower()
    reason = f"'{shortened(second)}' is second, '{shortened(late)}' second to last"
    return explained(passed, reason, f"; '{expected}' is asked for both")
