"""language:response_language and the two change_case:english_* of IFEval, which all ask langdetect.

A text in which langdetect finds no features counts as followed, as in the official code.
"""

from __future__ import annotations

from collections.abc import Callable

from spar_data.constraints.ifeval.detect import detect
from spar_data.constraints.verdict import Verdict, counted, shortened

LANGUAGES = {
    "ar": "Arabic", "bg": "Bulgarian", "bn": "Bengali", "de": "German", "en": "English", "es": "Spanish",
    "fa": "Persian", "fi": "Finnish", "fr": "French", "gu": "Gujarati", "he": "Hebrew", "hi": "Hindi", "it": "Italian",
    "ja": "Japanese", "kn": "Kannada", "ko": "Korean", "ml": "Malayalam", "mr": "Marathi", "ne": "Nepali",
    "pa": "Punjabi", "pl": "Polish", "pt": "Portuguese", "ru": "Russian", "sw": "Swahili", "ta": "Tamil",
    "te": "Telugu", "th": "Thai", "uk": "Ukrainian", "ur": "Urdu", "vi": "Vietnamese",
}  # fmt: skip
"""The languages that IFEval may ask for."""

NO_FEATURES = "no language can be told from it, which counts as followed"


def response_language(response: str, *, language: str) -> Verdict:
    found = detect(response)
    if found is None:
        return Verdict(True, NO_FEATURES)
    return Verdict(found == language, f"language '{found}', '{language}' asked")


def english_capital(response: str) -> Verdict:
    if not response.isupper():
        return Verdict(False, _first(response, str.islower, "lower-case letter"))
    return _english(response)


def english_lowercase(response: str) -> Verdict:
    if not response.islower():
        return Verdict(False, _first(response, lambda c: c.isupper() or c.istitle(), "capital letter"))
    return _english(response)


def _english(response: str) -> Verdict:
    found = detect(response)
    if found is None:
        return Verdict(True, NO_FEATURES)
    return Verdict(found == "en", f"language '{found}', 'en' asked")


def _first(response: str, wrong: Callable[[str], bool], kind: str) -> str:
    """Where the first wrong letter stands: "7 capital letters, first at character 1 ('Once upon')"."""
    at = [place for place, char in enumerate(response) if wrong(char)]
    if not at:
        return "no letters"
    return f"{counted(len(at), kind)}, first at character {at[0] + 1} ('{shortened(response[at[0] : at[0] + 20])}')"
