"""Speed of the self-BLEU filter, as ratios against sacreBLEU and prompts per second: `make bench`."""

from __future__ import annotations

import random
import time
from typing import Any

import numpy as np
import polars as pl
import pytest
from corpus import noisy, open_prompts

from spar_data.prompts.seeds.selfbleu.pairwise import pairwise
from spar_data.prompts.seeds.selfbleu.settings import SelfBleuConfig
from spar_data.prompts.seeds.selfbleu.tokenize import Tokenizer, cut

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
    """Against the plain loop over sacreBLEU that stops at the first hit; the bar is 30 times.

    The loop would take over an hour, so its pairs are counted exactly and 2,000 of them, drawn at random, are timed.
    """
    from sacrebleu.metrics.bleu import BLEU

    _warm()
    texts = list(noisy(prompts, 10_000))
    tokens = Tokenizer(CONFIG)(pl.Series(texts))
    start = time.process_time()
    decisions = benchmark.pedantic(pairwise, args=(tokens, CONFIG), kwargs={"workers": 1}, rounds=1)
    ours = time.process_time() - start
    kept = np.flatnonzero(decisions.cause < 0)
    compared = np.searchsorted(kept, np.where(decisions.cause < 0, np.arange(10_000), decisions.cause + 1))
    words = [" ".join(t) for t in cut(pl.Series(texts), CONFIG).to_list()]
    bleu = BLEU(tokenize="none", effective_order=True)
    rng = random.Random(0)
    rows = rng.choices(range(10_000), weights=compared, k=2_000)
    start = time.process_time()
    for row in rows:
        other = int(kept[rng.randrange(compared[row])])
        above = bleu.sentence_score(words[row], [words[other]]).score > 50
        assert above == (other == decisions.cause[row])
    pair = (time.process_time() - start) / 2_000
    ratio = pair * int(compared.sum()) / ours
    print(f"\n10k rows: {compared.sum():,} pairs, {1 / pair:,.0f} pairs/s in sacreBLEU, {ratio:,.0f} times faster")
    benchmark.extra_info["times faster than a loop over sacreBLEU"] = round(ratio)
    assert ratio >= 30


def test_growth(benchmark: Any, prompts: list[str]) -> None:
    """50k to 1M rows of at most 64 tokens, with the same number of copies of each prompt (so that every row has as many
    relatives at any size), and with the same prompts at every size (so that relatives grow with the rows)."""
    _warm()
    tokenizer = Tokenizer(CONFIG)
    short = pl.Series(prompts).filter(pl.Series(tokenizer(pl.Series(prompts)).lengths() <= 64)).to_list()
    sizes = (50_000, 200_000, 1_000_000)

    def measure() -> dict[str, dict[int, float]]:
        seconds: dict[str, dict[int, float]] = {"same copies per prompt": {}, "same prompts": {}}
        for rows in sizes:
            for name, bases in (
                ("same copies per prompt", len(short) * rows // sizes[-1]),
                ("same prompts", len(short)),
            ):
                tokens = Tokenizer(CONFIG)(pl.Series(noisy(random.Random(1).sample(short, bases), rows)))
                start = time.process_time()
                pairwise(tokens, CONFIG, workers=1)
                seconds[name][rows] = time.process_time() - start
        return seconds

    for name, measured in benchmark.pedantic(measure, rounds=1).items():
        print(f"\ngrowth, {name}: " + ", ".join(f"{rows:,}: {rows / s:,.0f} prompts/s" for rows, s in measured.items()))
