"""Reports how diverse a prompt set is: corpus self-BLEU, distinct-n, lengths and topics."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import numpy as np
import polars as pl

from spar_data.core.errors import SparError, importing
from spar_data.core.ids import row_id, seeded_order
from spar_data.prompts.seeds.selfbleu.bleu import sentence_bleu
from spar_data.prompts.seeds.selfbleu.settings import SelfBleuConfig
from spar_data.prompts.seeds.selfbleu.tokenize import cut

_BINS = (5, 10, 20, 40, 80, 160, 320, 640)  # upper ends, in tokens
_QUANTILES = (5, 25, 50, 75, 95)


@dataclass(frozen=True)
class Topic:
    """size: number of prompts. terms: the heaviest TF-IDF terms. examples: the prompts nearest to the centre."""

    size: int
    terms: list[str]
    examples: list[str]


@dataclass(frozen=True)
class DiversityReport:
    """Diversity of a prompt set.

    self_bleu  mean BLEU-4 (0-100) of each sampled prompt with all other sampled ones as references (Texygen's self-BLEU).
               It grows with the sample's size: compare equal sizes only.
    distinct   distinct n-grams / n-grams of the sample, for n = 1..4.
    mean_tokens, quantiles, histogram   lengths of all prompts in tokens.
    signature  everything that the sampled numbers depend on.
    """

    rows: int
    self_bleu: float
    distinct: list[float]
    mean_tokens: float
    quantiles: dict[str, float]
    histogram: list[tuple[str, int]]
    clusters: list[Topic]
    signature: str


def report(prompts: pl.Series, seed: int, sample: int = 2000, clusters: int = 20) -> DiversityReport:
    """Measures a series of prompts. Deterministic in the seed. Raises SparError for fewer than two prompts."""
    if len(prompts) < 2:
        raise SparError(f"{len(prompts)} prompt(s): a diversity report needs at least two")
    if sample < 2 or clusters < 1:
        raise SparError(f"sample = {sample}, clusters = {clusters}: at least 2 and 1 are expected")
    config = SelfBleuConfig()
    tokens = cut(prompts, config)
    order = seeded_order((row_id(p) for p in prompts), seed)
    sampled = tokens.gather(order[:sample]).to_list()
    lengths = tokens.list.len().to_numpy().astype(np.int64)
    return DiversityReport(
        rows=len(prompts),
        self_bleu=corpus_self_bleu(sampled, config),
        distinct=[_distinct(sampled, n) for n in range(1, 5)],
        mean_tokens=float(lengths.mean()),
        quantiles={str(q): float(np.percentile(lengths, q)) for q in _QUANTILES},
        histogram=_histogram(lengths),
        clusters=_clusters(prompts, seed, clusters),
        signature=f"self-bleu:corpus|n:{len(sampled)}|seed:{seed}|case:lc|eff:yes|tok:{config.tokenizer}|smooth:exp|version:1",
    )


def corpus_self_bleu(texts: list[list[str]], config: SelfBleuConfig) -> float:
    """The mean over texts of sacreBLEU's sentence BLEU with all other texts as references.

    A clipped count needs the highest count of an n-gram in any other text: the highest of all texts, or the second highest
    for the text that holds the highest.
    """
    grams = [[Counter(zip(*(t[i:] for i in range(n)), strict=False)) for n in range(1, 5)] for t in texts]
    highest: dict[tuple[str, ...], tuple[int, int, int]] = {}  # (highest count, its text, second highest)
    for i, orders in enumerate(grams):
        for counts in orders:
            for gram, count in counts.items():
                first, text, second = highest.get(gram, (0, -1, 0))
                highest[gram] = (count, i, first) if count > first else (first, text, max(second, count))
    lengths = sorted((len(t), i) for i, t in enumerate(texts))
    place = {i: at for at, (_, i) in enumerate(lengths)}
    total = 0.0
    for i, orders in enumerate(grams):
        matches, totals = np.zeros(4), np.zeros(4)
        for n, counts in enumerate(orders):
            totals[n] = max(0, len(texts[i]) - n)
            for gram, count in counts.items():
                first, text, second = highest[gram]
                matches[n] += min(count, second if text == i else first)
        total += sentence_bleu(
            matches, totals, len(texts[i]), _closest(lengths, place[i]), config.smoothing_code, config.value, True
        )
    return total / len(texts)


def _closest(lengths: list[tuple[int, int]], at: int) -> int:
    """The length of another text that is closest to that of the text at a place of the sorted list; the shorter of two."""
    neighbours = [lengths[j][0] for j in (at - 1, at + 1) if 0 <= j < len(lengths)]
    return min(neighbours, key=lambda length: (abs(length - lengths[at][0]), length))


def _distinct(texts: list[list[str]], n: int) -> float:
    grams = [gram for t in texts for gram in zip(*(t[i:] for i in range(n)), strict=False)]
    return len(set(grams)) / len(grams) if grams else 0.0


def _histogram(lengths: np.ndarray) -> list[tuple[str, int]]:
    lows = [0, *(high + 1 for high in _BINS)]
    labels = [*(f"{low}-{high}" for low, high in zip(lows, _BINS, strict=False)), f">{_BINS[-1]}"]
    numbers = np.bincount(np.searchsorted(_BINS, lengths), minlength=len(labels))
    return list(zip(labels, numbers.tolist(), strict=True))


def _clusters(prompts: pl.Series, seed: int, count: int) -> list[Topic]:
    with importing("scikit-learn", "diversity", "the diversity report"):
        from sklearn.cluster import MiniBatchKMeans
        from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS, TfidfVectorizer
        from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]  # scikit-learn itself needs it
    texts = prompts.to_list()
    vectorizer = TfidfVectorizer(
        sublinear_tf=True, max_features=30_000, max_df=0.5, stop_words=sorted(ENGLISH_STOP_WORDS)
    )
    try:
        matrix = vectorizer.fit_transform(texts)
    except ValueError:
        return []  # only stop words: nothing to cluster by
    # one thread: sums over several threads differ in their last bits, which choose among the three starts
    with threadpool_limits(1):
        model = MiniBatchKMeans(min(count, len(texts)), random_state=seed % 2**32, n_init=3, batch_size=4096)
        distance = model.fit_transform(matrix)
    terms = vectorizer.get_feature_names_out()
    topics = []
    for i, centre in enumerate(model.cluster_centers_):
        members = np.flatnonzero(model.labels_ == i)
        if len(members):
            nearest = members[np.argsort(distance[members, i], kind="stable")[:3]]
            heaviest = [str(terms[j]) for j in np.argsort(-centre, kind="stable")[:5] if centre[j] > 0]
            topics.append(Topic(len(members), heaviest, [texts[j] for j in nearest]))
    return sorted(topics, key=lambda c: -c.size)
