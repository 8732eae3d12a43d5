"""Detects the language of a short text.

A script that only one language uses decides alone (Thai, Korean, Greek, ...). Among the languages of a shared script
(Latin, Cyrillic, Arabic, Devanagari) the naive Bayes model of py3langid decides, restricted to languages in which people
prompt models: with all 140 it takes some English prompts for Nigerian Pidgin and Portuguese ones for Galician.
"""

from __future__ import annotations

import re
import threading
from collections import Counter
from functools import cache
from typing import TYPE_CHECKING

from spar_data.core.assets import asset
from spar_data.core.config import read_toml

if TYPE_CHECKING:
    from py3langid.langid import LanguageIdentifier

READ = 600
"""Characters of a text that `detect` reads."""

UNKNOWN = "und"
"""The code for a text without letters or in a language that `detect` does not know."""

_DATA = read_toml(asset("scripts.toml"))
_SCRIPTS: dict[str, str] = _DATA["letters"]
_SHARED = {script: languages.split() for script, languages in _DATA["languages"].items()}
LANGUAGES = tuple(sorted({s for s in _SCRIPTS if len(s) == 2}.union({"zh", "ja"}, *_SHARED.values())))
"""The codes that `detect` can return besides UNKNOWN."""

_WEIGHT = {"Han": 4, "Kana": 4, "ko": 2}  # letters of an alphabet that say as much as one character
_HEAD_START = 2.5  # log-probability; it decides texts of two or three words: "Write a poem" is not Romanian
_LETTERS = re.compile("|".join(f"(?P<{name}>[{ranges}]+)" for name, ranges in _SCRIPTS.items()))
_NO_PROSE = re.compile(r"```.*?(?:```|\Z)|~~~.*?(?:~~~|\Z)|`[^`\n]*`|https?://\S+|www\.\S+", re.DOTALL)

_lock = threading.Lock()


def prose(text: str) -> str:
    """Removes code blocks, inline code and URLs from a text."""
    return _NO_PROSE.sub(" ", text)


def letters(text: str) -> int:
    """Counts the letters of a text that belong to known scripts."""
    return sum(len(run[0]) for run in _LETTERS.finditer(text))


def detect(text: str) -> str:
    """Returns the ISO 639-1 code of the language that most of the text is in, or UNKNOWN.

    Only the first 600 characters are read, without code and URLs. The same text always gives the same code, in any thread.
    """
    text = prose(text[:READ])
    scripts: Counter[str] = Counter()
    for run in _LETTERS.finditer(text):
        script = str(run.lastgroup)
        scripts[script] += len(run[0]) * _WEIGHT.get(script, 1)
    if not scripts:
        return UNKNOWN
    asian = scripts.pop("Han", 0), scripts.pop("Kana", 0)
    if sum(asian) >= max(scripts.values(), default=0):
        return "ja" if asian[1] > 0.2 * sum(asian) else "zh"
    script = max(scripts, key=lambda name: (scripts[name], name))
    if script not in _SHARED:
        return script
    with _lock:
        identifier = _load()
    scores = dict(identifier.rank(text))
    scores[_SHARED[script][0]] += _HEAD_START
    return max(_SHARED[script], key=scores.__getitem__)


@cache
def _load() -> LanguageIdentifier:
    """Loads the model from the installed package, which takes most of a second."""
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    return LanguageIdentifier.from_model_file(MODEL_FILE)
