"""language:response_language and the two change_case:english_* of IFEval, which all use langdetect.

As in the official code, a text in which langdetect finds no features passes.
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
"""Languages that IFEval may ask for, by code."""

NO_FEATURES = "no language can be told from it, which counts as followed"


def response_language(response: str, *, language: str) -> Verdict:
    detected = detect(response)
    if detected is None:
        return Verdict(True, NO_FEATURES)
    return Verdict(detected == language, f"language '{detected}', '{language}' asked")


def english_capital(response: str) -> Verdict:
    if not response.isupper():
        return Verdict(False, _first(response, str.islower, "lower-case letter"))
    return response_language(response, language="en")


def english_lowercase(response: str) -> Verdict:
    if not response.islower():
        return Verdict(False, _first(response, lambda c: c.isupper() or c.istitle(), "capital letter"))
    return response_language(response, language="en")


def _first(response: str, wrong: Callable[[str], bool], kind: str) -> str:
    """Reports the wrong letters: "7 capital letters, first at character 1 ('Once upon')"."""
    at = [place for place, char in enumerate(response) if wrong(char)]
    if not at:
        return "no letters"
    return f"{counted(len(at), kind)}, first at character {at[0] + 1} ('{shortened(response[at[0] : at[0] + 20])}')"
