"""Words that a response has or does not have: whole words, regardless of case, in every script.

What a whole word is where scripts write no spaces, and in Korean, says `text.occurrences`.
"""

from __future__ import annotations

from spar_data.constraints.text.words import fold, occurrences
from spar_data.constraints.verdict import Verdict, judge


def include(response: str, *, words: list[str]) -> Verdict:
    """Every one of the words or phrases stands in the response."""
    text = fold(response)
    missing = [word for word in words if not occurrences(fold(word), text)]
    return Verdict(not missing, f"without {_quoted(missing)}" if missing else f"has {_quoted(words)}")


def exclude(response: str, *, words: list[str]) -> Verdict:
    """None of the words or phrases stands in the response."""
    text = fold(response)
    found = [word for word in words if occurrences(fold(word), text)]
    return Verdict(not found, f"has {_quoted(found)}" if found else f"without {_quoted(words)}")


def frequency(response: str, *, word: str, relation: str, n: int) -> Verdict:
    """Counts how often the word or phrase stands in the response."""
    return judge(len(occurrences(fold(word), fold(response))), "occurrence", relation, n, of=f" of '{word}'")


def _quoted(words: list[str]) -> str:
    return ", ".join(f"'{word}'" for word in words)
