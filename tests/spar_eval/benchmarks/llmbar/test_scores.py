"""Scores of LLMBar by hand, with every kind of missing verdict."""

from __future__ import annotations

from typing import Any

import pytest

from spar_data.core.intervals import Estimate
from spar_data.models import Completion, Failure
from spar_eval.benchmarks.llmbar.data import OutputPair
from spar_eval.benchmarks.llmbar.items import pairwise_item, pointwise_item
from spar_eval.benchmarks.llmbar.scores import compute_scores
from spar_eval.statistics.agreement import average

_BETTER = "Better Output:"


def _pair(number: int = 1, better: int = 1, subset: str = "Natural") -> OutputPair:
    return OutputPair(subset, number, f"prompt {number}", ("one", "two"), better)


def _judged(gold: str, said: str, number: int = 1) -> Any:
    replies = {"Y": "Final Judgement: Yes", "N": "Final Judgement: No", "?": "hm"}
    return pointwise_item(
        _pair(number), 1 if gold == "Y" else 2, [Completion(replies[said]) if said in replies else Failure("x")]
    )


def test_pointwise_figures_by_hand() -> None:
    """4 pairs. Yes-gold: 2 judged Yes, 1 No, 1 unparsed; No-gold: 2 judged No, 1 Yes, 1 failed."""
    answers = [("YN", "YN"), ("YN", "YN"), ("YN", "NY"), ("YN", "?F")]
    items = [_judged(g, s, n) for n, (gold, said) in enumerate(answers, 1) for g, s in zip(gold, said, strict=True)]
    scores = compute_scores(items, ["Natural"])
    values = {table.title: table.rows[0] for table in scores.tables}
    assert scores.undecided == 2
    assert (values["pointwise accuracy"].value, values["pointwise accuracy"].n) == (4 / 8, 8)
    assert values["pointwise accuracy"].method == "clustered by pair"
    assert values["pointwise F1 of Yes"].value == pytest.approx(2 * 2 / (2 * 2 + 2 + 1))
    assert (
        values["pointwise accuracy, undecided left out"].value,
        values["pointwise accuracy, undecided left out"].n,
    ) == (4 / 6, 6)
    assert values["pointwise F1 of Yes, undecided left out"].value == pytest.approx(2 * 2 / (2 * 2 + 1 + 1))
    assert [item.problem for item in items if item.problem] == ["x"]


def _compared(better: int, said: str, number: int = 1) -> Any:
    """said: the place chosen in order and swapped, A or B."""
    replies = [Completion(f"{_BETTER} {s}") if s in "AB" else Completion("hm") for s in said]
    return pairwise_item(_pair(number, better), [replies[0]], [replies[1]])


def test_pairwise_figures_by_hand() -> None:
    """Winner 1 in both orders is AB, winner 2 is BA, always the first AA."""
    answers = [(1, "AB"), (2, "BA"), (2, "AB"), (1, "AA"), (2, "AA"), (1, "?B")]
    items = [_compared(better, said, n) for n, (better, said) in enumerate(answers, 1)]
    scores = compute_scores(items, ["Natural"])
    values = {table.title: table.rows[0] for table in scores.tables}
    assert values["pairwise accuracy"].value == pytest.approx((1 + 1 + 0 + 0.5 + 0.5 + 0.5) / 6)
    assert values["pairwise accuracy, undecided left out"].value == pytest.approx(7 / 11)
    agree = values["pairwise accuracy where both orders agree"]
    assert (agree.value, agree.n) == (2 / 3, 3)
    assert values["positional agreement"].value == 3 / 6
    assert values["positional agreement, undecided left out"].value == 3 / 5
    assert (
        values["choice of the first place"].value == pytest.approx(7 / 11)
        and values["choice of the first place"].n == 11
    )


def test_kappa_compares_the_same_labels() -> None:
    """LLMBar's own script compares winners as 0/1 with labels of 1/2; a perfect judge then has a kappa near 0."""
    metrics = pytest.importorskip("sklearn.metrics")
    right = {1: "AB", 2: "BA"}
    gold = [1, 1, 2, 2, 1, 2, 1, 1]
    perfect = compute_scores([_compared(g, right[g], n) for n, g in enumerate(gold)], ["Natural"])
    opposite = compute_scores([_compared(g, right[3 - g], n) for n, g in enumerate(gold)], ["Natural"])
    first = compute_scores([_compared(g, "AA", n) for n, g in enumerate(gold)], ["Natural"])
    kappas = {name: {t.title: t.rows[0].value for t in scores.tables if t.title.startswith("kappa")} for name, scores in
              {"perfect": perfect, "opposite": opposite, "first": first}.items()}  # fmt: skip
    assert set(kappas["perfect"]) == {"kappa", "kappa, output 1 first", "kappa, output 2 first"}
    assert set(kappas["perfect"].values()) == {1.0}
    assert kappas["opposite"]["kappa"] == pytest.approx(metrics.cohen_kappa_score(gold, [3 - g for g in gold]))
    assert kappas["first"]["kappa"] == pytest.approx(metrics.cohen_kappa_score(gold * 2, [1] * 8 + [2] * 8)) == 0.0
    mixed = [2, 1, 2, 2, 1, 2, 1, 1]
    some = compute_scores(
        [_compared(g, right[w], n) for n, (g, w) in enumerate(zip(gold, mixed, strict=True))], ["Natural"]
    )
    assert some.scores[-1].name == "kappa" and some.scores[-1].value == pytest.approx(
        metrics.cohen_kappa_score(gold, mixed)
    )


# accuracy and F1 of Natural, GPTInst, GPTOut, Manual, Neighbor, then the two averages that the paper prints
_PAPER = [
    ((70.5, 70.7, 63.8, 68.5, 68.3), 67.8, 68.3),
    ((65.9, 66.7, 57.5, 63.3, 62.2), 62.4, 63.1),
    ((74.5, 69.2, 60.9, 59.8, 72.8), 65.7, 67.4),
    ((51.8, 46.1, 39.5, 36.6, 45.0), 41.8, 43.8),
    ((58.0, 57.1, 50.0, 45.6, 47.8), 50.1, 51.7),
    ((78.0, 78.8, 64.9, 67.4, 72.4), 70.9, 72.3),
]


@pytest.mark.parametrize(("values", "adversarial", "mean"), _PAPER)
def test_the_papers_averages_are_means_over_subsets(values: tuple[float, ...], adversarial: float, mean: float) -> None:
    rows = [Estimate("x", v / 100, 100, 0, 1, 0.1, "") for v in values]
    assert average("a", rows[1:]).value * 100 == pytest.approx(adversarial, abs=0.1)
    assert average("m", rows).value * 100 == pytest.approx(mean, abs=0.1)
