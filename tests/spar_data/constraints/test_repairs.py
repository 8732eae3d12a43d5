"""What holds for every text: a repair passes or there is none, what passes stays, and once is enough."""

from __future__ import annotations

import time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from spar_data.constraints import CHECKERS, parameters, run_checker
from spar_data.constraints.repairs import EDITS, LONGEST, edits, repair

RELATIONS = st.sampled_from(["exactly", "at least", "at most", "less than", "more than"])
WORDS = [
    "tea",
    "Tea",
    "NASA",
    "straße",
    "don't",
    "3.14",
    "1,000",
    "first",
    "茶很热",
    "🙂",
    "**bold**",
    "[name]",
    "I",
    "İ",
    "e\u0301t",
]
PIECES = st.one_of(
    st.sampled_from(WORDS),
    st.sampled_from([".", "!", "?", ",", ";", "...", "。", '"', " ", " ", " ", "\n", "\n\n", "\r\n", "\n- ", "\n1. ", "\n## "]),
    st.sampled_from(["```\ncode, x\n```", "| a | b |\n|---|---|\n| 1 | 2 |", "<<T>>", "P.S. x", "Before: y", "A) z", "{", "}", '{"a": 1}']),
    st.text(max_size=6),
)  # fmt: skip
PROSE = st.lists(
    st.sampled_from(["It is warm.", "The cup is here and the pot is there.", "Why not?", "Go on!", "\n\n", "\n- item\n", "## Head\n\n"]),
    min_size=1,
    max_size=12,
).map(" ".join)  # fmt: skip
TEXTS = st.one_of(st.lists(PIECES, min_size=1, max_size=25).map("".join), PROSE)

VALUES: dict[str, st.SearchStrategy[object]] = {
    "relation": RELATIONS,
    "n": st.integers(0, 12),
    "places": st.integers(0, 4),
    "columns": st.integers(1, 4),
    "limit": st.integers(1, 300),
    "word": st.sampled_from(["tea", "it", "茶", "the cup", "ß"]),
    "words": st.lists(st.sampled_from(["tea", "it", "茶", "pot", "is warm"]), min_size=1, max_size=3),
    "code": st.sampled_from(["en", "de", "zh"]),
    "marker": st.sampled_from(["Section", "P.S.", "附言", "Part ("]),
    "mark": st.sampled_from([",", "!", "?", ";", ":", ".", "...", '"', "-", "！"]),
    "text": st.sampled_from(["Start small.", "It is warm.", "茶很热。", "end"]),
    "symbol": st.sampled_from(["→", "***", "§", "a"]),
    "labels": st.sampled_from([["Before", "Now"], ["Claim", "Reason", "Example"], ["观点", "理由"]]),
    "opening": st.sampled_from(["<answer>", '"', "[BEGIN]"]),
    "closing": st.sampled_from(["</answer>", '"', "[END]", "Best wishes"]),
    "greeting": st.sampled_from(["Dear friend", "亲爱的朋友"]),
}


@pytest.mark.parametrize("name", sorted(EDITS))
def test_any_text(name: str) -> None:
    """Passing texts stay as they are; else what comes back passes, comes back again, and stays when repaired again."""
    found = []

    @settings(max_examples=40, deadline=None, database=None, derandomize=True, suppress_health_check=list(HealthCheck))
    @given(TEXTS, st.fixed_dictionaries({key: VALUES[key] for key in parameters(name)}))
    def run(response: str, params: dict[str, object]) -> None:
        result = repair(name, response, params)
        if run_checker(name, response, params).passed:
            assert result == response
        elif result is not None:
            found.append(result)
            assert run_checker(name, result, params).passed
            assert repair(name, response, params) == result
            assert repair(name, result, params) == result

    run()
    assert found or name == "language.is_language"  # where nothing was repaired nothing was tested


def test_prose_is_almost_always_repaired() -> None:
    """Texts of sentences, items and headings: one in twenty may be beyond repair, for each checker that can be met."""
    failed: dict[str, int] = {}
    prose = "The cup is here. It is warm and the pot is there! Why not have some tea? Go on, it is good for you."
    texts = [
        prose,
        f"{prose}\n\n{prose.lower()}",
        f"# Head\n\n{prose}\n\n- one\n- two, or three\n\n{prose}",
        f"1. {prose}\n2. {prose}",
    ]
    for relation in ("exactly", "at least", "at most"):
        for name in EDITS:
            values = {**FIXED, "relation": relation, **({"n": 120} if name == "length.characters" else {})}
            params = {key: values[key] for key in parameters(name)}
            failed[name] = failed.get(name, 0) + sum(repair(name, text, params) is None for text in texts)
    assert {name: count for name, count in failed.items() if count} == {"language.is_language": 12}


FIXED: dict[str, object] = {
    "n": 3, "places": 2, "columns": 3, "limit": 120, "word": "tea", "words": ["pot", "lid"], "code": "de", "marker": "Part",
    "mark": "!", "text": "Start small.", "symbol": "→", "labels": ["Before", "Now", "Next"], "opening": "[BEGIN]",
    "closing": "[END]", "greeting": "Dear friend",
}  # fmt: skip


@pytest.mark.parametrize("text", ["- x\n" * 25_000, "a" * 100_000])
def test_long_texts_end_soon(text: str) -> None:
    """Seconds for 100,000 characters, where a quadratic repair would take minutes, in three that look at every sentence."""
    started = time.perf_counter()
    for name, params in (
        ("keyword.exclude", {"words": ["and", "x"]}),
        ("length.words", {"relation": "at most", "n": 50}),
        ("sentence.distinct_openings", {}),
    ):
        repair(name, text, params)
    assert time.perf_counter() - started < 20


def test_too_long_texts_are_left_alone() -> None:
    assert not list(edits("character.uppercase", "a" * (LONGEST + 1), {}))


def test_every_checker_has_a_repair() -> None:
    missing = set(CHECKERS) - set(EDITS)
    assert not missing, f"write the function of the same name in spar_data/constraints/repairs: {missing}"
