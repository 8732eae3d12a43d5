"""Words that a response contains or avoids: whole words in any case and any script.

`text.words.occurrences` defines whole words in scripts without spaces and in Korean.
"""

from __future__ import annotations

from spar_data.constraints.text.words import fold, occurrences
from spar_data.constraints.verdict import Verdict, judge, quoted


def include(response: str, *, words: list[str]) -> Verdict:
    """All of the words or phrases occur."""
    text = fold(response)
    missing = [word for word in words if not occurrences(fold(word), text)]
    return Verdict(not missing, f"without {quoted(missing)}" if missing else f"has {quoted(words)}")


def exclude(response: str, *, words: list[str]) -> Verdict:
    """None of the words or phrases occurs."""
    text = fold(response)
    present = [word for word in words if occurrences(fold(word), text)]
    return Verdict(not present, f"has {quoted(present)}" if present else f"without {quoted(words)}")


def frequency(response: str, *, word: str, relation: str, n: int) -> Verdict:
    """Counts the occurrences of the word or phrase."""
    return judge(len(occurrences(fold(word), fold(response))), "occurrence", relation, n, of=f" of '{word}'")
