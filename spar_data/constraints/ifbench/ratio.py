"""ratio:* of IFBench."""

from __future__ import annotations

from spar_data.constraints.ifbench.text import official_words
from spar_data.constraints.text import nltk as nltk_text
from spar_data.constraints.verdict import Verdict, counted

STOP_WORDS = frozenset(official_words("stop_words"))


def stop_words(response: str, *, percentage: float) -> Verdict:
    r"""Limits the share of stop words. Words are runs of `\w`: "don't" is the two stop words "don" and "t"."""
    words = nltk_text.words(response)
    if not words:
        return Verdict(False, "no words")
    share = sum(word.lower() in STOP_WORDS for word in words) / len(words) * 100
    reason = f"{share:.1f}% of {counted(len(words), 'word')} are stop words, at most {percentage:g}% asked"
    return Verdict(share <= percentage, reason)


def sentence_type(response: str) -> Verdict:
    """Twice as many sentences end in '.' as in '?'. A mark before a closing quote does not count; no marks pass."""
    stated, questions, _ = _types(response)
    reason = f"{counted(stated, 'sentence')} in '.' and {questions} in '?', twice as many in '.' as in '?' asked"
    return Verdict(stated == 2 * questions, reason)


def sentence_balance(response: str) -> Verdict:
    """Equally many sentences end in '.', in '?' and in '!'. A text without these marks passes."""
    stated, questions, exclaimed = _types(response)
    reason = f"{counted(stated, 'sentence')} in '.', {questions} in '?' and {exclaimed} in '!', as many of each asked"
    return Verdict(stated == questions == exclaimed, reason)


def _types(response: str) -> tuple[int, int, int]:
    """Counts the sentences that end in '.', in '?' and in '!'."""
    last = [sentence[-1:] for sentence in nltk_text.sentences(response)]
    return last.count("."), last.count("?"), last.count("!")


def overlap(response: str, *, reference_text: str, percentage: float) -> Verdict:
    """The share of the response's different trigrams that occur in the reference text.

    Trigrams of characters are compared, although the prompt asks for words.
    """
    ours, theirs = _trigrams(response), _trigrams(reference_text)
    if not ours:
        return Verdict(False, "fewer than three characters")
    share = len(ours & theirs) / len(ours) * 100
    reason = f"{share:.1f}% of the character trigrams are in the reference, {percentage:g}% within 2 asked"
    return Verdict(percentage - 2 <= share <= percentage + 2, reason)


def _trigrams(text: str) -> set[str]:
    return {text[at : at + 3] for at in range(len(text) - 2)}


def sentence_words(response: str) -> Verdict:
    """Three sentences have the same length. Official code does not check that all words differ, as the prompt asks."""
    lengths = [len(sentence.strip()) for sentence in nltk_text.sentences(response)]
    if len(lengths) != 3:
        return Verdict(False, f"{counted(len(lengths), 'sentence')}, exactly 3 asked")
    first, second, third = lengths
    return Verdict(first == second == third, f"sentences of {first}, {second} and {third} characters")
