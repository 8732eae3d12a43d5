"""The pairwise filter decides as sacreBLEU does: short texts, repeats, any number of workers."""

from __future__ import annotations

import random

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from selfbleu_oracle import greedy

from spar_data.prompts.seeds.selfbleu.pairwise import KEPT, UNREACHED, pairwise
from spar_data.prompts.seeds.selfbleu.settings import SMOOTHINGS, SelfBleuConfig
from spar_data.prompts.seeds.selfbleu.tokenize import Tokenizer, concatenate

# Few words and short texts: repeated n-grams, exact ties with the threshold and texts under four tokens are common.
_TEXTS = st.lists(
    st.lists(st.sampled_from(["a", "b", "c", "d", "the", "of"]), max_size=14).map(" ".join), min_size=1, max_size=25
)


_CONFIGS = st.builds(
    SelfBleuConfig,
    threshold=st.sampled_from([0.2, 0.3, 0.5, 0.6, 0.7, 0.9]),
    smoothing=st.sampled_from(SMOOTHINGS),
    effective_order=st.booleans(),
    tokenizer=st.sampled_from(["words", "13a"]),
)


def _check(texts: list[str], config: SelfBleuConfig, workers: int = 2) -> None:
    decisions = pairwise(Tokenizer(config)(pl.Series(texts, dtype=pl.String)), config, workers=workers)
    for i, causes in enumerate(greedy(texts, config)):
        cause = int(decisions.cause[i])
        assert (cause == KEPT) == (not causes), f"text {i} {texts[i]!r}: {cause} instead of one of {causes}"
        assert cause == KEPT or cause in causes, f"text {i}: {cause} is not among the true causes {causes}"


@settings(max_examples=150, deadline=None)
@given(_TEXTS, _CONFIGS)
def test_pairwise_decides_as_sacrebleu(texts: list[str], config: SelfBleuConfig) -> None:
    _check(texts, config)


def _edited(seed: int, bases: int) -> list[str]:
    """Sentences and copies of them with some words changed, as in a real corpus."""
    rng = random.Random(seed)
    words = [f"w{int(rng.paretovariate(0.7))}" for _ in range(400)]
    texts = [[rng.choice(words) for _ in range(rng.randint(2, 40))] for _ in range(bases)]
    copies = [[w if rng.random() > rate else rng.choice(words) for w in t] for t in texts for rate in (0.05, 0.15, 0.3)]
    everything = [" ".join(t) for t in texts + copies] + [" ".join(t + t) for t in texts[:5]]
    rng.shuffle(everything)
    return everything


@pytest.mark.parametrize("threshold", [0.3, 0.5, 0.7])
def test_pairwise_decides_as_sacrebleu_on_longer_texts(threshold: float) -> None:
    _check(_edited(1, 30), SelfBleuConfig(threshold=threshold))


def test_score_is_that_of_sacrebleu() -> None:
    """The ledger shows the BLEU of the pair; a wrong one would make `why` lie."""
    from sacrebleu.metrics.bleu import BLEU

    texts = _edited(2, 12)
    config = SelfBleuConfig(threshold=0.3)
    decisions = pairwise(Tokenizer(config)(pl.Series(texts)), config)
    bleu = BLEU(lowercase=True, tokenize="none", effective_order=True)
    dropped = np.flatnonzero(decisions.cause >= 0)
    assert len(dropped) > 5
    for i in dropped:
        expected = bleu.sentence_score(texts[i], [texts[decisions.cause[i]]]).score
        assert decisions.score[i] * 100 == pytest.approx(expected, abs=1e-9)


def test_same_result_for_any_number_of_workers_and_any_order_of_batches() -> None:
    texts = pl.Series(_edited(3, 300))
    config = SelfBleuConfig(threshold=0.4)
    whole = Tokenizer(config)(texts)
    tokenizer = Tokenizer(config)
    parts = concatenate([tokenizer(texts[:200]), tokenizer(texts[200:])])
    first = pairwise(whole, config, workers=1)
    for tokens, workers in ((whole, 3), (parts, 2), (whole, 7)):
        other = pairwise(tokens, config, workers=workers)
        assert np.array_equal(first.cause, other.cause)
        assert np.array_equal(first.score, other.score, equal_nan=True)


def test_order_decides_who_is_kept() -> None:
    texts = pl.Series(["one two three four five six", "one two three four five seven"])
    config = SelfBleuConfig(threshold=0.5)
    tokens = Tokenizer(config)(texts)
    assert list(pairwise(tokens, config).cause) == [KEPT, 0]
    assert list(pairwise(tokens, config, np.array([1, 0])).cause) == [KEPT, 0]  # by position: now text 1 comes first


def test_max_kept_marks_the_rest_as_unreached() -> None:
    texts = pl.Series([f"number {i} has words of its own {i * 7}" for i in range(10)])
    config = SelfBleuConfig(threshold=0.9, max_kept=3)
    assert list(pairwise(Tokenizer(config)(texts), config).cause) == [KEPT] * 3 + [UNREACHED] * 7


def test_empty_input_and_empty_texts() -> None:
    config = SelfBleuConfig()
    assert len(pairwise(Tokenizer(config)(pl.Series([], dtype=pl.String)), config).cause) == 0
    assert list(pairwise(Tokenizer(config)(pl.Series(["", "", "!"])), config).cause) == [KEPT] * 3
