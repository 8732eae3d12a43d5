"""The diversity report against sacreBLEU, and the same twice."""

from __future__ import annotations

import random

import polars as pl
import pytest

from spar_data.core.errors import SparError
from spar_data.prompts.diversity import corpus_self_bleu, report
from spar_data.prompts.seeds.selfbleu.settings import SelfBleuConfig


def test_corpus_self_bleu_is_sacrebleus() -> None:
    from sacrebleu.metrics.bleu import BLEU

    rng = random.Random(5)
    texts = [[rng.choice("abcdefgh") for _ in range(rng.randint(1, 15))] for _ in range(60)] + [
        ["a", "a", "a", "a"]
    ] * 2
    bleu = BLEU(tokenize="none", effective_order=True)
    lines = [" ".join(t) for t in texts]
    expected = sum(bleu.sentence_score(line, lines[:i] + lines[i + 1 :]).score for i, line in enumerate(lines)) / len(
        lines
    )
    assert corpus_self_bleu(texts, SelfBleuConfig()) == pytest.approx(expected, abs=1e-9)


def test_report_is_reproducible_and_complete() -> None:
    pytest.importorskip("sklearn")
    prompts = pl.Series([f"write about {topic} number {i}" for topic in ("boats", "bread", "bees") for i in range(30)])
    first, second = report(prompts, 1, 50, 3), report(prompts, 1, 50, 3)
    assert first == second
    assert first.rows == 90 and sum(c.size for c in first.clusters) == 90
    assert sum(n for _, n in first.histogram) == 90
    assert first.distinct[0] < first.distinct[3] <= 1
    assert report(prompts, 2, 50, 3).self_bleu != first.self_bleu


def test_histogram_counts_every_length() -> None:
    pytest.importorskip("sklearn")
    prompts = pl.Series(["", " ", *("word " * n for n in (1, 5, 6, 640, 641))])
    histogram = dict(report(prompts, 1, clusters=2).histogram)
    assert histogram == {
        **dict.fromkeys(["0-5", "6-10", "11-20", "21-40", "41-80", "81-160", "161-320", "321-640"], 0),
        **{"0-5": 4, "6-10": 1, "321-640": 1, ">640": 1},
    }


def test_report_takes_any_seed_and_does_not_depend_on_threads() -> None:
    pytest.importorskip("sklearn")
    from threadpoolctl import threadpool_limits

    rng = random.Random(3)
    prompts = pl.Series([" ".join(f"w{rng.randrange(200)}" for _ in range(20)) for _ in range(400)])
    for seed in (0, -1, 2**40):
        with threadpool_limits(1):
            alone = report(prompts, seed, 50, 8)
        assert report(prompts, seed, 50, 8) == alone


def test_terms_of_a_topic_are_terms_it_has() -> None:
    pytest.importorskip("sklearn")
    found = report(pl.Series(["bread butter", "ships"] * 5), 1, clusters=2).clusters
    assert sorted(sorted(cluster.terms) for cluster in found) == [["bread", "butter"], ["ships"]]


def test_too_few_prompts() -> None:
    with pytest.raises(SparError, match="at least two"):
        report(pl.Series(["one"]), 1)
