"""Detects the language of a short text.

A script that only one language uses decides alone (Thai, Korean, Greek, ...). Among the languages of a shared script
(Latin, Cyrillic, Arabic, Devanagari) the naive Bayes model of py3langid decides, restricted to languages in which people
prompt models: with all 140 it takes some English prompts for Nigerian Pidgin and Portuguese ones for Galician.
"""

from __future__ import annotations

import re
import threading
from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from py3langid.langid import LanguageIdentifier

READ = 600
"""Characters of a text that `detect` reads."""

UNKNOWN = "und"
"""The code for a text without letters or in a language that `detect` does not know."""

_SCRIPTS = {
    "Latin": "A-Za-zªºÀ-ÖØ-öø-ɏḀ-ỿ",
    "Cyrillic": "\u0400-\u052f",
    "Arabic": "\u0620-\u064a\u066e-\u06d3\u06fa-\u06ff\u0750-\u077f\ufb50-\ufdff\ufe70-\ufefc",
    "Devanagari": "\u0904-\u0939\u0958-\u0961\u0972-\u097f",
    "Han": "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U000323af",
    "Kana": "\u3041-\u3096\u30a1-\u30fa\uff66-\uff9d",
    "ko": "\u1100-\u11ff\u3131-\u318e\uac00-\ud7a3",
    "th": "\u0e01-\u0e30\u0e32\u0e33\u0e40-\u0e46",
    "el": "\u0370-\u0373\u0376-\u03ff\u1f00-\u1fff",
    "he": "\u05d0-\u05ea",
    "bn": "\u0985-\u09b9\u09ce-\u09e1",
    "pa": "\u0a05-\u0a39\u0a59-\u0a5e\u0a72-\u0a74",
    "gu": "\u0a85-\u0ab9\u0ae0\u0ae1",
    "ta": "\u0b83-\u0bb9",
    "te": "\u0c05-\u0c39\u0c58-\u0c61",
    "kn": "\u0c85-\u0cb9\u0cde-\u0ce1",
    "ml": "\u0d05-\u0d3a\u0d5f-\u0d61\u0d7a-\u0d7f",
    "si": "\u0d85-\u0dc6",
    "lo": "\u0e81-\u0eb0\u0ec0-\u0edf",
    "my": "\u1000-\u102a\u103f",
    "km": "\u1780-\u17b3",
    "ka": "\u10a0-\u10ff",
    "hy": "\u0531-\u0587",
    "am": "\u1200-\u137f",
}
_LANGUAGES_OF_SCRIPTS = {  # the most common language first
    "Latin": "en cs da de es fi fr hu id it nl no pl pt ro sv sw tr vi",
    "Cyrillic": "ru bg sr uk",
    "Arabic": "ar fa ur",
    "Devanagari": "hi mr ne",
}
_SHARED = {script: languages.split() for script, languages in _LANGUAGES_OF_SCRIPTS.items()}
LANGUAGES = tuple(sorted({s for s in _SCRIPTS if len(s) == 2}.union({"zh", "ja"}, *_SHARED.values())))
"""The codes that `detect` can return besides UNKNOWN."""

_WEIGHT = {"Han": 4, "Kana": 4, "ko": 2}  # letters of an alphabet that say as much as one character
_HEAD_START = 2.5  # log-probability; it decides texts of two or three words: "Write a poem" is not Romanian
_LETTERS = re.compile("|".join(f"(?P<{name}>[{ranges}]+)" for name, ranges in _SCRIPTS.items()))
_NO_PROSE = re.compile(r"```.*?(?:```|\Z)|~~~.*?(?:~~~|\Z)|`[^`\n]*`|https?://\S+|www\.\S+", re.DOTALL)

_lock = threading.Lock()
_model: LanguageIdentifier | None = None


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
    return _most_likely(text, _SHARED[script]) if script in _SHARED else script


def _most_likely(text: str, languages: list[str]) -> str:
    scores = dict(_identifier().rank(text))
    scores[languages[0]] += _HEAD_START
    return max(languages, key=scores.__getitem__)


def _identifier() -> LanguageIdentifier:
    """Loads the model from the installed package on first use, which takes most of a second."""
    global _model
    with _lock:
        if _model is None:
            from py3langid.langid import MODEL_FILE, LanguageIdentifier

            _model = LanguageIdentifier.from_model_file(MODEL_FILE)
    return _model
