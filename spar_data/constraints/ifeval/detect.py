"""Detects a language exactly as langdetect 1.0.9 with seed 0 does, without its Python loops.

langdetect draws n-grams of a text at random until one of 55 languages has nearly all of the probability, seven times.
Without a seed its answer changes from call to call, and it loads its tables without a lock; here the seed is 0 and a lock
is held. Draws, products and sums follow the order of the original (detector.py, utils/ngram.py), so the answer is the
same. numpy multiplies whole rows of the table instead of single numbers.
"""

from __future__ import annotations

import random
import re
import threading
from collections.abc import Iterator
from functools import cache, lru_cache
from itertools import chain
from operator import add, and_
from pathlib import Path
from typing import NamedTuple

import numpy as np
import orjson

from spar_data.core.errors import importing

_TRIALS, _ALPHA, _WIDTH, _BASE, _MOST, _SURE, _AT_LEAST, _READ = 7, 0.5, 0.05, 10000, 1000, 0.99999, 0.1, 10000
_LATIN, _FOREIGN = re.compile("[A-z]"), re.compile("[\u0300-\u1dff\u1f00-\U0010ffff]")
_lock = threading.Lock()


class _Tables(NamedTuple):
    """languages: codes. rows: the row of each n-gram. shares: its frequency in each language, (n-grams, languages)."""

    languages: list[str]
    rows: dict[str, int]
    shares: np.ndarray


@lru_cache(maxsize=256)
def detect(text: str) -> str | None:
    """Returns the code of the language, or "unknown" if no language has a probability above 0.1.

    Returns None for a text without any n-gram that langdetect knows, where the original raises.
    """
    with _lock:
        tables = _load()
    rows = _ngrams(text, tables.rows)
    if not rows:
        return None
    draw, count = random.Random(0), len(tables.languages)
    total = np.zeros(count)
    room = np.empty((6, count))  # the probabilities so far, then the factors of five n-grams
    for _ in range(_TRIALS):
        weight = (_ALPHA + draw.gauss(0.0, 1.0) * _WIDTH) / _BASE
        chance = room[0]
        chance[:] = 1.0 / count
        drawn, step = 0, 1  # the original looks at the result after the 1st draw, the 6th, the 11th, ...
        while True:
            factors = room[1 : step + 1]
            tables.shares.take([draw.choice(rows) for _ in range(step)], axis=0, out=factors, mode="clip")
            factors += weight
            np.multiply.reduce(room[: step + 1], axis=0, out=chance)  # row by row, from the first
            values = chance.tolist()
            whole = sum(values)  # as the original sums, which differs between versions of Python
            chance /= whole
            if max(values) / whole > _SURE or drawn >= _MOST:
                break
            drawn, step = drawn + 5, 5
        total += chance / _TRIALS
    best = int(total.argmax())
    return tables.languages[best] if total[best] > _AT_LEAST else "unknown"


def _ngrams(text: str, rows: dict[str, int]) -> list[int]:
    """Returns the rows of all n-grams of 1 to 3 characters in the order of the original, without words in capitals."""
    from langdetect.detector import Detector
    from langdetect.utils.ngram import NGram

    text = Detector.URL_RE.sub(" ", text) if "://" in text else text
    text = Detector.MAIL_RE.sub(" ", text) if "@" in text else text
    text = re.sub(" +", " ", (text if text.isascii() else NGram.normalize_vi(text))[:_READ])
    if not text.isascii() and 2 * len(_LATIN.findall(text)) < len(_FOREIGN.findall(text)):
        text = _LATIN.sub("", text)
    text = re.sub(" +", " ", " " + text.translate(_NORMAL))
    pairs = list(map(add, text, text[1:]))
    grams: Iterator[tuple[str, str, str]] = zip(text[2:], pairs[1:], map(add, pairs, text[2:]), strict=True)
    upper = [char.isupper() for char in text]
    if any(map(and_, upper, upper[1:])):
        grams = (
            gram for gram, first, second in zip(grams, upper[1:], upper[2:], strict=False) if not (first and second)
        )
    numbers = map(rows.get, chain(text[1:2], pairs[:1], chain.from_iterable(grams)))
    return [row for row in numbers if row is not None]


class _Normal(dict[int, str]):
    """A table for str.translate with langdetect's normalisation of characters, filled on demand."""

    def __missing__(self, code: int) -> str:
        from langdetect.utils.ngram import NGram

        self[code] = NGram.normalize(chr(code))
        return self[code]


_NORMAL = _Normal()


@cache
def _load() -> _Tables:
    with importing("langdetect", "eval", "Checking the language of a response"):
        import langdetect
    files = sorted((Path(langdetect.__file__).parent / "profiles").iterdir())
    profiles = [orjson.loads(file.read_bytes()) for file in files]
    rows: dict[str, int] = {}
    for profile in profiles:
        for gram in profile["freq"]:
            rows.setdefault(gram, len(rows))
    shares = np.zeros((len(rows), len(profiles)))
    for column, profile in enumerate(profiles):
        for gram, count in profile["freq"].items():
            if 1 <= len(gram) <= 3:
                shares[rows[gram], column] = 1.0 * count / profile["n_words"][len(gram) - 1]
    return _Tables([profile["name"] for profile in profiles], rows, shares)
