"""Whether a response is in a language that its prompt asks for."""

from __future__ import annotations

import re
from collections.abc import Sequence

from spar_data.constraints import run_checker
from spar_data.constraints.text.language_of import LANGUAGES, UNKNOWN, detect, letters, prose
from spar_data.core.records import Constraint

_ENOUGH = 40, 10  # letters of a text before its language counts: of an alphabet that many languages share, of others
_ENOUGH_OF_PROMPT = 12, 5
_NAMES = {
    "ar": "arabic arabisch árabe arabe 阿拉伯",
    "bg": "bulgarian",
    "bn": "bengali bangla",
    "cs": "czech tschechisch",
    "da": "danish dänisch",
    "de": "german deutsch deutsche deutscher deutschen alemán allemand 德语 德文",
    "el": "greek griechisch",
    "en": "english englisch inglés anglais 英语 英文",
    "es": "spanish spanisch español castellano espagnol 西班牙",
    "fa": "persian farsi",
    "fi": "finnish",
    "fr": "french französisch francés français 法语 法文",
    "gu": "gujarati",
    "he": "hebrew",
    "hi": "hindi 印地",
    "hu": "hungarian",
    "id": "indonesian bahasa",
    "it": "italian italienisch italiano italien 意大利",
    "ja": "japanese japanisch japonés japonais 日语 日文",
    "kn": "kannada",
    "ko": "korean koreanisch coreano coréen 韩语 韩文",
    "ml": "malayalam",
    "mr": "marathi",
    "ne": "nepali",
    "nl": "dutch niederländisch",
    "no": "norwegian",
    "pa": "punjabi",
    "pl": "polish polnisch polaco polonais",
    "pt": "portuguese portugiesisch portugués portugais 葡萄牙",
    "ro": "romanian",
    "ru": "russian russisch ruso russe 俄语 俄文",
    "sv": "swedish schwedisch",
    "sw": "swahili kiswahili",
    "ta": "tamil",
    "te": "telugu",
    "th": "thai 泰语 泰文",
    "tr": "turkish türkisch",
    "uk": "ukrainian ukrainisch",
    "ur": "urdu",
    "vi": "vietnamese",
    "zh": "chinese mandarin chinesisch chino chinois 中文 汉语 普通话",
}
_CODES = {name: code for code, names in _NAMES.items() for name in names.split()}
_WORDS = re.compile("|".join(rf"\b{n}\b" if n < "\u3000" else n for n in sorted(_CODES, key=len, reverse=True)))
_TRANSLATE = re.compile(
    r"\b(?:(?:an)?other languages?|different languages?|translat\w+|übersetz\w+|traduc\w+|traduz\w+|tradui\w+)\b|翻译"
)


def wrong_language(prompt: str, text: str, wanted: Sequence[Constraint] = (), also: Sequence[str] = ()) -> str:
    """What is wrong with the language of the text, "" if nothing is or if nobody can tell.

    A language constraint among `wanted` decides. Without one the text may be in any language that a paragraph of the prompt is
    in or that the prompt names, or in one of `also`. Short texts, and prompts that ask for a translation or another language without naming a
    language that is known here, are passed.
    """
    for constraint in wanted:
        if constraint.checker == "language.is_language":
            found = run_checker(constraint.checker, text, constraint.params)
            return "" if found.passed else found.reason
    if not _long(prose(text), _ENOUGH) or not _long(prompt, _ENOUGH_OF_PROMPT):
        return ""
    language = detect(text)
    if language == UNKNOWN:
        return ""
    named = {_CODES[name] for name in _WORDS.findall(prompt.lower())}
    if _TRANSLATE.search(prompt.lower()) and not named:
        return ""
    asked = {detect(prompt), *(detect(part) for part in prompt.split("\n")[:50] if _long(part, _ENOUGH_OF_PROMPT))}
    allowed = (asked | named | set(also)) & set(LANGUAGES)
    if not allowed or language in allowed:
        return ""
    return f"the language is '{language}', the prompt is in '{detect(prompt)}'"


def _long(text: str, enough: tuple[int, int]) -> bool:
    return letters(text) >= enough[sum(map(str.isascii, text)) <= len(text) / 2]
