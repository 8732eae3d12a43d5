"""Computes scores and tables from judged items.

Pointwise, as in the SPaR paper: accuracy and F1 of Yes over all judged outputs of a subset. The paper's "Adversarial Average"
is the unweighted mean over the four adversarial subsets, its "Average" the one over all five (this gives every printed overall
average within 0.1; the mean of Natural and the adversarial average gives none).

Pairwise, both orders: accuracy with half credit where the orders disagree (= the share of right choices over both orders),
accuracy where they agree, how often they agree, how often the first output is chosen, and Cohen's kappa against gold.
Winners and gold are both numbers of outputs, 1 or 2; LLMBar's own script compares 0/1 with 1/2.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

from spar_data.core.intervals import Estimate, wilson
from spar_eval.benchmarks.llmbar.data import ADVERSARIAL
from spar_eval.results import Item, Table
from spar_eval.statistics import agreement
from spar_eval.statistics.shares import clustered

ORDERS = ("output 1 first", "output 2 first")
LEFT_OUT = "undecided left out"

_Compute = Callable[[str, Sequence[Item]], Estimate | None]


@dataclass(frozen=True)
class LlmbarScores:
    """undecided: number of judgements without a verdict. undefined: scores without a value, with the subsets."""

    scores: tuple[Estimate, ...]
    tables: tuple[Table, ...]
    undecided: int
    undefined: tuple[str, ...]


def compute_scores(items: Sequence[Item], subsets: Sequence[str]) -> LlmbarScores:
    """Scores of each subset and their means; the headline has the means over all subsets."""
    verdicts = [pair for item in items for pair in item.checks[0].verdicts.items()]
    undecided = sum(verdict is None for name, verdict in verdicts if name != "consistent")
    scores, tables, undefined = [], [], []
    for title, chosen, score in _plan(items):
        by_subset = {subset: score(subset, [item for item in chosen if item.group == subset]) for subset in subsets}
        rows = [row for row in by_subset.values() if row]
        empty = [subset for subset, row in by_subset.items() if not row]
        if empty:
            undefined.append(f"{title} ({', '.join(empty) if rows else 'all subsets'})")
        adversarial = [row for row in rows if row.name in ADVERSARIAL] if not set(empty) & set(ADVERSARIAL) else []
        means = [("adversarial mean", adversarial)] if len(adversarial) > 1 else []
        means += [("mean", rows)] if len(rows) > 1 and not empty else []
        tables.append(Table(title, (*rows, *(agreement.average(name, parts) for name, parts in means))))
        if not empty and title.removesuffix(f", {LEFT_OUT}") in _HEADLINES:
            scores.append(agreement.average(title, rows))
    return LlmbarScores(tuple(scores), tuple(t for t in tables if t.rows), undecided, tuple(undefined))


def _plan(items: Sequence[Item]) -> Iterator[tuple[str, Sequence[Item], _Compute]]:
    """The title of each table, its items, and the function that computes the score of a subset."""
    alone = [item for item in items if item.detail["mode"] == "pointwise"]
    paired = [item for item in items if item.detail["mode"] == "pairwise"]
    if alone:
        yield "pointwise accuracy", alone, accuracy
        yield "pointwise F1 of Yes", alone, f1
    if paired:
        yield "pairwise accuracy", paired, credit
        yield "positional agreement", paired, positional
        yield "kappa", paired, kappa
        for order in ORDERS:
            yield f"kappa, {order}", paired, partial(kappa, orders=(order,))
        yield "pairwise accuracy where both orders agree", paired, consistent
        yield "choice of the first place", paired, first_place
    if any(item.checks[0].verdicts["correct"] is None for item in alone):
        yield f"pointwise accuracy, {LEFT_OUT}", alone, partial(accuracy, left_out=True)
        yield f"pointwise F1 of Yes, {LEFT_OUT}", alone, partial(f1, left_out=True)
    if any(None in item.detail["winners"] for item in paired):
        yield f"pairwise accuracy, {LEFT_OUT}", paired, partial(credit, left_out=True)
        yield f"positional agreement, {LEFT_OUT}", paired, partial(positional, left_out=True)
        yield f"kappa, {LEFT_OUT}", paired, partial(kappa, left_out=True)


_HEADLINES = ("pointwise accuracy", "pointwise F1 of Yes", "pairwise accuracy", "positional agreement", "kappa")


def accuracy(name: str, items: Sequence[Item], left_out: bool = False) -> Estimate | None:
    """Share of outputs that are judged right, clustered by pair."""
    clusters: dict[str, list[bool]] = {}
    for item in items:
        verdict = item.checks[0].verdicts["correct"]
        if verdict is not None or not left_out:
            clusters.setdefault(item.detail["pair"], []).append(bool(verdict))
    return _share(name, [(sum(c), len(c)) for c in clusters.values()])


def f1(name: str, items: Sequence[Item], left_out: bool = False) -> Estimate | None:
    clusters: dict[str, list[agreement.Decision]] = {}
    for item in items:
        decision = _decision(item.detail["gold"] == "Yes", item.checks[0].verdicts["correct"])
        if decision[1] is not None or not left_out:
            clusters.setdefault(item.detail["pair"], []).append(decision)
    return agreement.score(name, agreement.count_decisions(clusters.values()), agreement.f1, "%")


def credit(name: str, items: Sequence[Item], left_out: bool = False) -> Estimate | None:
    """Share of right choices over both orders; a pair on which the orders disagree counts half. An order without a choice is
    wrong, and n the number of pairs; with left_out n is the number of choices."""
    if left_out:
        choices = [[c for c in _correct(item) if c is not None] for item in items]
        return _share(name, [(sum(c), len(c)) for c in choices])
    return _share(name, [(sum(map(bool, _correct(item))) / 2, 1) for item in items])


def consistent(name: str, items: Sequence[Item]) -> Estimate | None:
    correct = [_correct(item)[0] for item in items if item.checks[0].verdicts["consistent"]]
    return wilson(name, sum(map(bool, correct)), len(correct)) if correct else None


def positional(name: str, items: Sequence[Item], left_out: bool = False) -> Estimate | None:
    """Share of pairs with the same winner in both orders; an order without a choice agrees with nothing."""
    same = [item.checks[0].verdicts["consistent"] for item in items]
    same = [agrees for agrees in same if agrees is not None] if left_out else same
    return wilson(name, sum(map(bool, same)), len(same)) if same else None


def first_place(name: str, items: Sequence[Item]) -> Estimate | None:
    """Share of choices of the output that came first: one half without a bias."""
    places = [[w == place for place, w in enumerate(item.detail["winners"], 1) if w] for item in items]
    return _share(name, [(sum(p), len(p)) for p in places])


def kappa(name: str, items: Sequence[Item], left_out: bool = False, orders: Sequence[str] = ORDERS) -> Estimate | None:
    """Kappa of the chosen output (1 or 2) with gold, over the orders pooled."""
    clusters = []
    for item in items:
        decisions = [_decision(item.detail["gold"] == 1, item.checks[0].verdicts[order]) for order in orders]
        clusters.append([decision for decision in decisions if decision[1] is not None or not left_out])
    return agreement.score(name, agreement.count_decisions(clusters), agreement.kappa)


def _decision(gold: bool, correct: bool | None) -> agreement.Decision:
    return gold, None if correct is None else gold if correct else not gold


def _correct(item: Item) -> list[bool | None]:
    return [item.checks[0].verdicts[order] for order in ORDERS]


def _share(name: str, clusters: Sequence[tuple[float, int]]) -> Estimate | None:
    return clustered(name, clusters, "pair") if any(n for _, n in clusters) else None
