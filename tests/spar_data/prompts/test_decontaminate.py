"""Decontamination is exact: against brute force, and on the benchmarks themselves."""

from __future__ import annotations

import os
from collections import Counter

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spar_data.prompts import decontaminate as module
from spar_data.prompts.decontaminate import DecontaminateConfig, decontaminate, tokens
from spar_data.sources.benchmarks import BenchmarkTexts, read_benchmarks

_THRESHOLDS = st.sampled_from([0.5, 0.6, 2 / 3, 0.67, 0.7, 0.8, 0.9, 1.0])


@st.composite
def _cases(draw: st.DrawFn) -> tuple[list[list[str]], list[list[str]]]:
    """Items, and prompts that are pieces of items with words of their own around and between."""
    items = draw(st.lists(st.lists(st.sampled_from("abc"), max_size=14), max_size=6))
    piece = st.lists(st.sampled_from("abcxy"), max_size=4)
    if items:
        ends = st.tuples(st.integers(0, 14), st.integers(0, 14)).map(sorted)
        piece |= st.builds(lambda item, cut: item[slice(*cut)], st.sampled_from(items), ends)
    prompts = st.lists(piece, max_size=4).map(lambda pieces: [word for piece in pieces for word in piece])
    return items, draw(st.lists(prompts, max_size=8))


def _oracle(words: list[str], items: list[list[str]], n: int, threshold: float) -> tuple[str | None, ...]:
    """(reason, score, cause, span) by looking at every pair of places and of bags."""
    run, near = (0, 0, 0), (0.0, 0)
    covered: set[int] = set()
    for start in range(len(words)):
        for item, other in enumerate(items):
            for at in range(len(other)):
                pairs = zip(words[start:], other[at:], strict=False)
                size = next((k for k, (a, b) in enumerate(pairs) if a != b), min(len(words) - start, len(other) - at))
                if size >= n:
                    covered |= set(range(start, start + size))
                run = max(run, (size, -start, -item))
    size, start, item = run[0], -run[1], -run[2]
    if size >= n:
        span = " ".join(words[start : start + size])
        return f"shares a {n}-gram with B{item % 2}", len(covered) / len(words), f"B{item % 2}:{item}", span
    for item, other in enumerate(items):
        overlap = (Counter(words) & Counter(other)).total()
        if min(len(words), len(other)) >= 4:
            near = max(near, (overlap / (len(words) + len(other) - overlap), -item))
    if near[0] < threshold - 1e-9:
        return None, None, None, None
    item = -near[1]
    score = (Counter(words) & Counter(items[item])).total() / len(words)
    runs = (
        words[i:j]
        for i in range(len(words))
        for j in range(len(words), i, -1)
        if any(items[item][k : k + j - i] == words[i:j] for k in range(len(items[item])))
    )
    return f"nearly equals B{item % 2}", score, f"B{item % 2}:{item}", " ".join(max(runs, key=len))


def _benchmarks(items: list[list[str]]) -> list[BenchmarkTexts]:
    """One benchmark per item, so that their order is the items'."""
    return [BenchmarkTexts(f"B{i % 2}", [], [(str(i), " ".join(words))]) for i, words in enumerate(items)]


@settings(max_examples=500, deadline=None)
@given(_cases(), st.integers(5, 7), _THRESHOLDS)
def test_verdicts_with_the_screen_are_those_of_brute_force(
    case: tuple[list[list[str]], list[list[str]]], n: int, threshold: float
) -> None:
    items, prompts = case
    texts = pl.Series([" ".join(words) for words in prompts], dtype=pl.String)
    config = DecontaminateConfig(n, threshold)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "_BATCH", 3)
        screened = decontaminate(texts, config, _benchmarks(items))
        patch.setattr(module._Screen, "suspects", lambda _, words: np.arange(len(words)))
        unscreened = decontaminate(texts, config, _benchmarks(items))
    assert screened.equals(unscreened)
    assert screened.rows() == [_oracle(words, items, n, threshold) for words in prompts]


def test_screen_turns_away_what_cannot_match() -> None:
    texts = [[*"abcdefgh"], [*"ijkl"]]
    prompts = pl.Series(
        [[*"xabcdefy"], [*"xabcdey"], [*"jilk"], [*"jilkabcd"], [], [*"abc"], [*"def"]], dtype=pl.List(pl.String)
    )
    screen = module._Screen(texts, DecontaminateConfig(6, 0.8))
    assert screen.suspects(prompts).tolist() == [0, 2, 3]  # 3: its size and tokens fit the first text
    assert module._Screen([], DecontaminateConfig()).suspects(prompts).tolist() == []


def test_shared_ngram_names_item_and_span() -> None:
    run = "one two three four five six seven eight nine ten eleven twelve thirteen fourteen"
    benchmark = BenchmarkTexts("IFEval", [], [("7", f"Please say: {run}, and stop there now.")])
    prompts = pl.Series([f"Begin. {run.upper()}! More of my own words follow it here", run.rsplit(" ", 2)[0]])
    verdicts = decontaminate(prompts, DecontaminateConfig(), [benchmark])
    assert verdicts["reason"].to_list() == ["shares a 13-gram with IFEval", None]
    assert verdicts["cause"][0] == "IFEval:7"
    assert verdicts["span"][0] == run.upper()
    assert verdicts["score"][0] == pytest.approx(14 / 23)


def test_a_repeated_ngram_is_followed_wherever_it_stands() -> None:
    start = "one two three four five six seven eight nine ten eleven twelve thirteen"
    first = BenchmarkTexts("IFEval", [], [("1", f"{start} and no more")])
    second = BenchmarkTexts("LLMBar", [], [("2", f"{start} or so. {start} fourteen, fifteen. Sixteen?")])
    verdicts = decontaminate(
        pl.Series([f"Say {start} fourteen fifteen!", f"Say {start}"]), DecontaminateConfig(), [first, second]
    )
    assert verdicts["cause"].to_list() == ["LLMBar:2", "IFEval:1"]
    assert verdicts["reason"].to_list() == ["shares a 13-gram with LLMBar", "shares a 13-gram with IFEval"]
    assert verdicts["span"].to_list() == [f"{start} fourteen fifteen", start]
    assert verdicts["score"].to_list() == [pytest.approx(15 / 16), pytest.approx(13 / 14)]


def test_score_counts_the_tokens_of_all_shared_ngrams() -> None:
    benchmarks = [BenchmarkTexts("A", [], [("1", "a b c d e f")]), BenchmarkTexts("B", [], [("2", "e f g h i j k")])]
    verdict = decontaminate(pl.Series(["x, A b c D e f g h i j k x a b c d"]), DecontaminateConfig(5), benchmarks)
    assert verdict.row(0) == ("shares a 5-gram with B", pytest.approx(11 / 17), "B:2", "e f g h i j k")


def test_span_is_as_the_prompt_writes_it() -> None:
    benchmark = BenchmarkTexts("IFEval", [], [("1", "alpha beta gamma delta epsilon")])
    written = "Alpha**,\n(BETA) Ｇamma – delta; “Epsilon"
    prompts = pl.Series(
        [
            f"Alpha alphabet: **{written}”.",
            "\U0001ccd6 alpha beta gamma delta epsilon",  # a letter to the NFKC of Unicode 16, to older ones none
        ]
    )
    spans = decontaminate(prompts, DecontaminateConfig(5), [benchmark])["span"].to_list()
    assert spans == [written.replace("Ｇ", "G"), "alpha beta gamma delta epsilon"]


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=30), st.text(max_size=30))
def test_any_prompt_around_an_item_has_it_in_its_span(before: str, after: str) -> None:
    item = "Ὀδυσσεύς said 你好 to the ﬁrst İstanbul TΑΞΙΣ"
    words = tokens(pl.Series([item]))[0]
    verdict = decontaminate(
        pl.Series([f"{before} {item} {after}"]), DecontaminateConfig(5), [BenchmarkTexts("A", [], [("1", item)])]
    )
    assert verdict["cause"][0] == "A:1"
    assert tokens(verdict["span"])[0] == words


def test_near_equal_catches_short_prompts() -> None:
    benchmark = BenchmarkTexts("IFBench", [], [("3", "Write a poem about a lonely dog in winter.")])
    verdicts = decontaminate(
        pl.Series(["Write a poem about a lonely dog in spring", "Write"]), DecontaminateConfig(), [benchmark]
    )
    assert verdicts["reason"].to_list() == ["nearly equals IFBench", None]
    assert verdicts["score"][0] == pytest.approx(8 / 9)
    assert verdicts["span"][0] == "Write a poem about a lonely dog in"


@pytest.mark.data
def test_every_benchmark_prompt_is_caught() -> None:
    folder = os.environ.get("SPAR_TEST_DATA")
    if not folder:
        pytest.skip("SPAR_TEST_DATA is not set: no benchmarks to read")
    benchmarks = read_benchmarks([folder])
    assert {b.name: len(b.items) for b in benchmarks} == {
        "FollowBench": 944,
        "IFBench": 300,
        "IFEval": 541,
        "LLMBar": 419,
    }
    for benchmark in benchmarks:
        prompts = pl.Series([text + " Thank you." for _, text in benchmark.items if len(text.split()) >= 13])
        reasons = decontaminate(prompts, DecontaminateConfig(), benchmarks)["reason"]
        assert reasons.null_count() == 0, benchmark.name
