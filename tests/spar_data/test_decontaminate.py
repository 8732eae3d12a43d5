"""Decontamination is exact: against brute force, and on the benchmarks themselves."""

from __future__ import annotations

import json
import os
from collections import Counter
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spar_data.benchmarks import Benchmark, find
from spar_data.decontaminate import DecontaminateConfig, NearEqual, decontaminate
from spar_data.errors import SparError

_WORDS = st.lists(st.sampled_from("abcdefgh"), max_size=12)


@settings(max_examples=300, deadline=None)
@given(st.lists(_WORDS, max_size=8), _WORDS, st.sampled_from([0.5, 0.67, 0.8, 1.0]))
def test_near_equal_finds_what_brute_force_finds(texts: list[list[str]], words: list[str], threshold: float) -> None:
    best = None
    for i, text in enumerate(texts):
        overlap = (Counter(text) & Counter(words)).total()
        if min(len(text), len(words)) >= 4:
            similarity = overlap / (len(text) + len(words) - overlap)
            if similarity >= threshold and (best is None or similarity > best[1]):
                best = (i, similarity)
    assert NearEqual(texts, threshold).best(words) == best


def test_shared_ngram_names_item_and_span() -> None:
    run = "one two three four five six seven eight nine ten eleven twelve thirteen fourteen"
    benchmark = Benchmark("IFEval", [], [("7", f"Please say: {run}, and stop there now.")])
    prompts = pl.Series([f"Begin. {run.upper()}! More of my own words follow it here", run.rsplit(" ", 2)[0]])
    verdicts = decontaminate(prompts, DecontaminateConfig(), [benchmark])
    assert verdicts["reason"].to_list() == ["shares a 13-gram with IFEval", None]
    assert verdicts["cause"][0] == "IFEval:7"
    assert verdicts["span"][0] == run
    assert verdicts["score"][0] == pytest.approx(14 / 23)


def test_near_equal_catches_short_prompts() -> None:
    benchmark = Benchmark("IFBench", [], [("3", "Write a poem about a lonely dog in winter.")])
    verdicts = decontaminate(
        pl.Series(["Write a poem about a lonely dog in spring", "Write"]), DecontaminateConfig(), [benchmark]
    )
    assert verdicts["reason"].to_list() == ["nearly equals IFBench", None]


@pytest.mark.data
def test_every_benchmark_prompt_is_caught() -> None:
    folder = os.environ.get("SPAR_TEST_DATA")
    if not folder:
        pytest.skip("SPAR_TEST_DATA is not set: no benchmarks to read")
    benchmarks = find([folder])
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


def test_wrong_benchmark_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SPAR_BENCHMARKS", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    assert find() == []
    with pytest.raises(SparError, match="no benchmark files"):
        find([str(tmp_path)])
    (tmp_path / "input_data.jsonl").write_text(json.dumps({"key": 1, "text": "x"}) + "\n")
    with pytest.raises(SparError, match=r"input_data.jsonl: line 1 has no field 'prompt'"):
        find([str(tmp_path)])
