from __future__ import annotations

import inspect
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spar_data.constraints import CHECKERS, Verdict, parameters, run_checker, validate
from spar_data.core.errors import SparError

_VALUES: dict[str, object] = {
    "n": 2,
    "columns": 2,
    "places": 2,
    "limit": 9,
    "relation": "exactly",
    "code": "en",
    "labels": ["a", "b b"],
    "words": ["a", "二"],
}


def some_params(name: str) -> dict[str, object]:
    return {key: _VALUES.get(key, "a") for key in parameters(name)}


@pytest.mark.parametrize("name", CHECKERS)
def test_table_names_the_module_and_the_function(name: str) -> None:
    function = CHECKERS[name]
    assert f"{function.__module__}.{function.__name__}" == f"spar_data.constraints.checkers.{name}"
    kinds = [p.kind for p in inspect.signature(function).parameters.values()]
    assert kinds[1:] == [inspect.Parameter.KEYWORD_ONLY] * (len(kinds) - 1)
    assert set(map(str, parameters(name).values())) <= {"<class 'int'>", "<class 'str'>", "list[str]"}


@pytest.mark.parametrize("name", CHECKERS)
@pytest.mark.parametrize("response", ["", " \n\t\u3000"])
def test_an_empty_response_always_fails(name: str, response: str) -> None:
    """Otherwise 'at most 5 words' rewards silence."""
    assert run_checker(name, response, some_params(name)) == Verdict(False, "empty response")


@pytest.mark.parametrize(
    ("name", "params", "message"),
    [
        ("length.word", {}, "Unknown checker 'length.word'. Did you mean 'length.words'?"),
        ("length.words", {"relation": "exactly"}, "'length.words' needs the parameter 'n'"),
        ("length.words", {"relation": "exactly", "n": 1, "relaton": "x"}, "'relaton'. Did you mean 'relation'?"),
        ("length.words", {"relation": "at leest", "n": 1}, "is 'at leest'. Did you mean 'at least'?"),
        ("length.words", {"relation": "exactly", "n": "3"}, "'length.words': 'n' is '3', a whole number"),
        ("length.words", {"relation": "exactly", "n": True}, "is True, a whole number"),
        ("length.words", {"relation": "exactly", "n": 3.0}, "is 3.0, a whole number"),
        ("length.words", {"relation": "exactly", "n": -1}, "is -1, a whole number"),
        ("length.words", {"relation": ["exactly"], "n": 1}, "a text is expected"),
        (
            "keyword.include",
            {"words": "tea"},
            "'keyword.include': 'words' is 'tea', a list of texts",
        ),
        ("keyword.include", {"words": []}, "a list of texts is expected"),
        ("keyword.include", {"words": ["tea", 3]}, "a list of texts is expected"),
        ("keyword.include", {"words": ["tea", " "]}, "a list of texts is expected"),
        ("punctuation.absent", {"mark": ""}, "'punctuation.absent': 'mark' is '', a text"),
        ("character.uppercase", {"n": 1}, "no parameter 'n'. It takes none."),
        ("language.is_language", {"code": "en-US"}, "'language.is_language': 'code' is 'en-US'"),
    ],
)
def test_wrong_parameters_are_errors_that_name_them(name: str, params: dict[str, object], message: str) -> None:
    with pytest.raises(SparError) as error:
        validate(name, params)
    assert message in str(error.value)
    with pytest.raises(SparError):
        run_checker(name, "", params)  # the data are wrong even where the response fails anyway


def test_parameters_tells_names_and_types() -> None:
    assert parameters("length.words") == {"relation": str, "n": int}
    assert parameters("template.labelled_parts") == {"labels": list[str]}
    assert parameters("character.uppercase") == {}


def test_reasons_state_the_count_and_what_was_asked() -> None:
    params: dict[str, object] = {"relation": "at least", "n": 3}
    assert run_checker("length.words", "one", params) == (False, "1 word, at least 3 asked")
    assert run_checker("length.words", "one two three", params) == (True, "3 words, at least 3 asked")


@pytest.mark.parametrize("name", CHECKERS)
@settings(deadline=None)  # the first call reads the model of langid
@given(
    response=st.text(alphabet=st.characters(exclude_categories=[]))
    | st.text(alphabet="aA1.,!?*_#>|-+[]()<>`~:\"”'\n \t。中ーก️👍🏽")
)
def test_no_response_raises(name: str, response: str) -> None:
    """Lone surrogates and broken Markdown are what models write, too."""
    verdict = run_checker(name, response, some_params(name))
    assert isinstance(verdict.passed, bool) and verdict.reason


_HOSTILE = [
    " ",
    "\n",
    "\t \n",
    "*",
    "_",
    "#",
    "`",
    "~",
    '"',
    "a",
    "A",
    "1",
    "1.",
    "1,",
    ".",
    ". ",
    "! ",
    "a.",
    "a. ",
    "A. ",
    "[",
    "[a",
    "(",
    "|",
    "|-",
    "<",
    ">",
    "- ",
    "*-",
    ":",
    "a:",
    "10 ",
    "中",
    "。",
    "👍",
    "\u200d",
    "👍\u200d",
    "\U0001f1e9",
    "\u0301",
    "a_",
    "a*",
    "- a\n",
    "1. a\n",
    "am 3. ",
    "```\n",
    "```",
    "`a",
    "http://",
    "#1",
    "x10",
    "e5",
    "1e",
    "ก",
    "가",
]


@pytest.mark.parametrize("name", CHECKERS)
def test_time_is_linear_in_the_length_of_hostile_responses(name: str) -> None:
    """A pattern that backtracks takes minutes on one of these; all of them together take about a second."""
    params = some_params(name)
    for piece in _HOSTILE:
        for response in (piece * (40_000 // len(piece)), "a" + piece * (40_000 // len(piece)) + "b"):
            start = time.process_time()
            run_checker(name, response, params)
            assert time.process_time() - start < 1.5, f"{piece!r} repeated"
