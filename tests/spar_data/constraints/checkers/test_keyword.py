from __future__ import annotations

from checker_table import assert_verdict, cases
from hypothesis import given
from hypothesis import strategies as st

from spar_data.constraints import run_checker


@cases(
    (
        "keyword.include",
        {"words": ["tea", "milk"]},
        {
            "case and punctuation": "TEA, with Milk.",
            "emphasis": "**tea** and _milk_",
        },
        {
            "part of a word": "steam and milk",
            "plural": "teas and milk",
            "one missing": "tea",
        },
    ),
    (
        "keyword.include",
        {"words": ["Straße", "Café"]},
        {
            "sharp s in capitals": "STRASSE UND CAFÉ",
            "decomposed accent": "Straße, Cafe\u0301",
        },
        {"without accent": "Straße, Cafe"},
    ),
    ("keyword.include", {"words": ["苹果"]}, {"inside a run": "我喜欢吃苹果。"}, {"other order": "果苹"}),
    ("keyword.include", {"words": ["東京", "カメラ"]}, {"Japanese": "東京でカメラを買った"}, {"one": "東京へ"}),
    ("keyword.include", {"words": ["แมว"]}, {"Thai": "ฉันรักแมวมาก"}, {"none": "ฉันรักหมา"}),
    (
        "keyword.exclude",
        {"words": ["very", "really good"]},
        {"part of a word": "every real good"},
        {
            "in capitals": "VERY nice",
            "phrase over a line break": "really\ngood",
            "before a hyphen": "a very-long day",
        },
    ),
    (
        "keyword.frequency",
        {"word": "don't", "relation": "exactly", "n": 2},
        {
            "curly apostrophe": "I don’t and you DON'T",
        },
        {"three": "don't don't don't"},
    ),
)
def test_keyword(name: str, params: dict[str, object], response: str, passed: bool) -> None:
    assert_verdict(name, params, response, passed)


@given(st.lists(st.sampled_from(["tea", "Tea", "TEAS", "steam", "tea,", "(tea)"]), min_size=1))
def test_include_and_exclude_are_opposites_for_one_word(parts: list[str]) -> None:
    params: dict[str, object] = {"words": ["tea"]}
    response = " ".join(parts)
    assert (
        run_checker("keyword.include", response, params).passed
        != run_checker("keyword.exclude", response, params).passed
    )
