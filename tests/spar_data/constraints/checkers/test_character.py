from __future__ import annotations

from checker_table import assert_verdict, cases
from hypothesis import given
from hypothesis import strategies as st

from spar_data.constraints import run_checker


@cases(
    (
        "character.uppercase",
        {},
        {
            "digits and signs": "HELLO, WORLD! 123",
            "ordinal sign is no lower case": "EL 1º PISO",
            "Chinese beside capitals": "使用 AI",
        },
        {
            "sharp s": "STRAßE",
            "one letter": "HELLO wORLD",
            "no letter with case": "你好 123",
        },
    ),
    (
        "character.lowercase",
        {},
        {"accents": "été, 1990!", "sharp s": "straße"},
        {
            "one capital": "all lower case except I",
            "accented capital": "été École",
            "titlecase letter": "ǅep",
            "no letter with case": "12:30",
        },
    ),
    (
        "character.title_case",
        {},
        {
            "every word": "The Old Man And The Sea",
            "hyphen, apostrophe and number": "It's A Well-known 2nd Try",
            "quotes": "“Hello” ‘World’",
        },
        {
            "short word": "The Old Man and The Sea",
            "in emphasis": "The **old** Man",
            "no word with case": "你好",
        },
    ),
    (
        "character.capital_words",
        {"relation": "exactly", "n": 2},
        {
            "single letters are none": "I saw A BIG DOG",
            "digits do not matter": "COVID-19 and NASA",
        },
        {
            "mixed case": "NASAs BIG iPhone",
            "script without case": "你好 BIG",
            "three": "ONE TWO THREE",
        },
    ),
)
def test_character(name: str, params: dict[str, object], response: str, passed: bool) -> None:
    assert_verdict(name, params, response, passed)


@given(st.text(alphabet="abcXYZ éßÉ1.中", min_size=1).filter(str.strip))
def test_no_response_is_both_upper_and_lower(response: str) -> None:
    assert not (
        run_checker("character.uppercase", response, {}).passed
        and run_checker("character.lowercase", response, {}).passed
    )
