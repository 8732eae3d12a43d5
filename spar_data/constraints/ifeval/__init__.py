"""The 25 instruction types of IFEval (arXiv 2311.07911, final release), with exactly the official verdicts.

The official checkers are instructions.py of google-research/instruction_following_eval. Where they are random (an
unseeded langdetect, a random letter) these are not. `fixes` holds repairs of their known defects. A checker is a function
`(response, *, ...) -> Verdict` whose parameters are the official kwargs. Responses are untrusted: every check takes time
that is about linear in their length.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

from spar_data.constraints.discovery import checkers_of
from spar_data.constraints.ifeval import language, patterns
from spar_data.constraints.ifeval.fixes import FIXES
from spar_data.constraints.validation import complete, parameters_of, unchecked
from spar_data.constraints.verdict import NOT_CHECKED, Verdict
from spar_data.core.errors import SparError, nearest
from spar_data.core.files import JsonValue

__all__ = ["FIXES", "INSTRUCTIONS", "check", "validate"]

_NAMES = {  # the official ids; the second half is the name of the function
    "change_case": "capital_word_frequency english_capital english_lowercase",
    "combination": "repeat_prompt two_responses",
    "detectable_content": "number_placeholders postscript",
    "detectable_format": "constrained_response json_format multiple_sections number_bullet_lists "
    "number_highlighted_sections title",
    "keywords": "existence forbidden_words frequency letter_frequency",
    "language": "response_language",
    "length_constraints": "nth_paragraph_first_word number_paragraphs number_sentences number_words",
    "punctuation": "no_comma",
    "startend": "end_checker quotation",
}
_FUNCTIONS = {name.partition(".")[2]: checker for name, checker in checkers_of(__name__, __path__).items()}
INSTRUCTIONS = {f"{group}:{name}": _FUNCTIONS[name] for group, names in _NAMES.items() for name in names.split()}

_RELATIONS = ("at least", "less than")


def check(name: str, response: str, kwargs: Mapping[str, object], repaired: Collection[str] = ()) -> Verdict:
    """Runs the checker of the instruction `name` ('punctuation:no_comma') on a response.

    kwargs: as the data has them, with nulls for parameters of other types. repaired: names of FIXES to apply. Raises
    SparError for an unknown instruction and for kwargs that it does not take.
    """
    params = validate(name, kwargs)
    if verdict := unchecked(response):
        return verdict
    checker = INSTRUCTIONS[name]
    for fix in repaired:
        if FIXES[fix].instruction == name:
            checker = FIXES[fix].check
    try:
        return checker(response, **params)
    except patterns.TooSlow as error:
        return Verdict(False, f"{NOT_CHECKED}{error}")


def validate(name: str, kwargs: Mapping[str, object]) -> dict[str, JsonValue]:
    """Returns the kwargs without nulls. Raises SparError unless they are exactly what the instruction takes."""
    params = complete(parameters_of(INSTRUCTIONS, name), name, kwargs)
    for key, value in params.items():
        where = f"'{name}': '{key}' is {value!r}"
        if key.endswith("relation") and value not in _RELATIONS:
            raise SparError(f"{where}, {' or '.join(map(repr, _RELATIONS))} is expected")
        if key == "language" and value not in language.LANGUAGES:
            raise SparError(f"{where}.{nearest(str(value), language.LANGUAGES)}")
        if key == "letter" and len(str(value)) != 1:
            raise SparError(f"{where}, a single character is expected")
        if key in ("keyword", "keywords", "forbidden_words", "section_spliter", "postscript_marker"):
            for text in value if isinstance(value, list) else [value]:
                patterns.check_pattern(str(text))
    if name.endswith("nth_paragraph_first_word"):
        nth, number = (int(str(params[key])) for key in ("nth_paragraph", "num_paragraphs"))
        if not 1 <= nth <= number:
            raise SparError(f"'{name}': nth_paragraph is {nth} of {number} paragraphs")
    return params
