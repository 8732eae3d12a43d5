"""Speed of the self-BLEU filter, as ratios against sacreBLEU and prompts per second: `make bench`."""

from __future__ import annotations

import time
from typing import Any

import polars as pl
import pytest
from corpus import noisy, open_prompts

from spar_data.seeds.selfbleu import SelfBleuConfig, Tokenizer, pairwise

CONFIG = SelfBleuConfig(threshold=0.5)


@pytest.fixture(scope="module")
def prompts() -> list[str]:
    return open_prompts()


def _warm() -> None:
    """Compiles (or loads) the kernels, so that nothing below measures that."""
    texts = pl.Series(noisy(["a few words to warm up with", "and some more of them"], 50))
    pairwise(Tokenizer(CONFIG)(texts), CONFIG, workers=1)


def test_200k_rows_on_one_core(benchmark: Any, prompts: list[str]) -> None:
    """The bar is 25,000 prompts/s for the filter; tokenising is shown beside it. CPU seconds: the machine may be shared."""
    _warm()
    texts = pl.Series(noisy(prompts, 200_000))
    start = time.process_time()
    tokens = Tokenizer(CONFIG)(texts)
    tokenised = time.process_time() - start
    start = time.process_time()
    decisions = benchmark.pedantic(pairwise, args=(tokens, CONFIG), kwargs={"workers": 1}, rounds=1)
    seconds = time.process_time() - start
    benchmark.extra_info["tokens per prompt"] = round(float(tokens.lengths().mean()), 1)
    benchmark.extra_info["prompts/s tokenising"] = round(200_000 / tokenised)
    benchmark.extra_info["prompts/s filtering"] = round(200_000 / seconds)
    print(f"\n200k rows: {benchmark.extra_info}, kept {(decisions.cause < 0).sum():,}")


def test_10k_rows_against_sacrebleu(benchmark: Any, prompts: list[str]) -> None:
    """Brute force over sacreBLEU is timed on the first 300 rows and grows with the square; the bar is 30 times."""
    from spar_data.seeds.selfbleu.oracle import greedy

    _warm()
    texts = list(noisy(prompts, 10_000))
    start = time.process_time()
    causes = greedy(texts[:300], CONFIG)
    brute = (time.process_time() - start) * (10_000 / 300) ** 2
    tokens = Tokenizer(CONFIG)(pl.Series(texts))
    start = time.process_time()
    decisions = benchmark.pedantic(pairwise, args=(tokens, CONFIG), kwargs={"workers": 1}, rounds=1)
    ratio = brute / (time.process_time() - start)
    benchmark.extra_info["times faster than sacreBLEU brute force"] = round(ratio)
    print(f"\n10k rows: {ratio:,.0f} times faster (brute force extrapolated from 300 rows)")
    assert [c < 0 for c in decisions.cause[:300]] == [not c for c in causes]
    assert ratio >= 30


def test_growth(benchmark: Any, prompts: list[str]) -> None:
    """50k to 1M rows of at most 64 tokens: the exponent of rows in the CPU time; 1 is linear."""
    _warm()
    tokenizer = Tokenizer(CONFIG)
    short = pl.Series(prompts).filter(pl.Series(tokenizer(pl.Series(prompts)).lengths() <= 64)).to_list()
    seconds = {}
    for rows in (50_000, 200_000, 1_000_000):
        tokens = Tokenizer(CONFIG)(pl.Series(noisy(short, rows)))
        start = time.process_time()
        if rows == 1_000_000:
            benchmark.pedantic(pairwise, args=(tokens, CONFIG), kwargs={"workers": 1}, rounds=1)
        else:
            pairwise(tokens, CONFIG, workers=1)
        seconds[rows] = time.process_time() - start
    print("\ngrowth: " + ", ".join(f"{rows:,}: {rows / s:,.0f} prompts/s" for rows, s in seconds.items()))
