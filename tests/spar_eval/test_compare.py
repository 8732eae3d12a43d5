"""Paired comparison: its statistics against brute force, and two runs item by item."""

from __future__ import annotations

import dataclasses
import itertools
import json
import math
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from spar_data.core.errors import SparError
from spar_data.core.intervals import Estimate
from spar_eval.cli.main import cli
from spar_eval.comparison.pooled import pool
from spar_eval.comparison.runs import Comparison, Difference, compare
from spar_eval.comparison.text import lines
from spar_eval.results import Check, Item, Result
from spar_eval.run_folder import load_result, save_result
from spar_eval.statistics import paired

Verdicts = Sequence[tuple[str, bool | None]]


def _item(name: str, checks: Verdicts, sample: int = 0, prompt: str = "") -> Item:
    made = tuple(Check(kind, {"strict": passed}, f"{kind} was {passed}") for kind, passed in checks)
    return Item(name, prompt or f"prompt {name}", f"response {name}", made, sample)


def _run(*items: Item, model: str = "m", signature: str = "t|prompts:9|strict") -> Result:
    score = Estimate("share", 0.5, 2, 0.1, 0.9, 0.2, "Wilson")
    return Result("t", model, signature, (score,), tuple(items))


def _plain(passed: Sequence[bool | None], **more: str) -> Result:
    return _run(*(_item(f"i{at}", [("k", each)]) for at, each in enumerate(passed)), **more)


def _only(found: Comparison) -> Difference:
    (metric,) = found.metrics
    return metric.items


# ---- tests and intervals against slow oracles


def _binomial_tail(one: int, other: int) -> Fraction:
    n = one + other
    tail = sum(Fraction(math.comb(n, k), 2**n) for k in range(min(one, other) + 1))
    return min(Fraction(1), 2 * tail)


@given(st.integers(0, 150), st.integers(0, 150))
def test_mcnemar_is_the_binomial_tail(one: int, other: int) -> None:
    assert paired.mcnemar(one, other) == pytest.approx(float(_binomial_tail(one, other)), rel=1e-10)


def test_mcnemar_of_many() -> None:
    """An integer sum of 50,000-digit terms against logarithms."""
    n, term, total = 100_700, 1, 1
    for k in range(50_000):
        term = term * (n - k) // (k + 1)
        total += term
    assert paired.mcnemar(50_000, 50_700) == pytest.approx(float(Fraction(2 * total, 2**n)), rel=1e-8)


@given(st.lists(st.fractions(-1, 1, max_denominator=6), max_size=9))
@settings(max_examples=60, deadline=None)
def test_permutation_is_the_enumeration_of_signs(differences: list[Fraction]) -> None:
    observed = abs(sum(differences))
    sums = [
        abs(sum(s * d for s, d in zip(signs, differences, strict=True)))
        for signs in itertools.product((1, -1), repeat=len(differences))
    ]
    expected = sum(each >= observed for each in sums) / len(sums)
    assert paired.sign_flip(differences).p == pytest.approx(expected, abs=1e-12)


def test_drawn_permutation_is_near_the_exact_one(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(3)
    differences = [Fraction(int(d), 5) for d in rng.integers(-4, 7, 60)]
    exact = paired.sign_flip(differences)
    monkeypatch.setattr(paired, "_EXACT", 0)
    drawn = paired.sign_flip(differences, draws=20_000)
    assert exact.test == "exact permutation" and drawn.test == "permutation, 20,000 draws"
    assert 0.001 < exact.p < 0.2
    assert drawn.p == pytest.approx(exact.p, abs=4 * math.sqrt(exact.p / 20_000))
    assert paired.sign_flip(differences, draws=20_000) == drawn


def test_bootstrap_is_that_of_drawing_items() -> None:
    rng = np.random.default_rng(5)
    pairs = [(Fraction(int(d)), int(n)) for d, n in zip(rng.integers(-1, 2, 80), rng.integers(1, 4, 80), strict=True)]
    d, n = np.array([[float(x), y] for x, y in pairs]).T
    chosen = rng.integers(0, 80, (20_000, 80))
    low, high = np.quantile(d[chosen].sum(1) / n[chosen].sum(1), [0.025, 0.975])
    found = paired.bootstrap(pairs, draws=20_000)
    assert (found.low, found.high) == pytest.approx((low, high), abs=0.01)
    assert found.stderr == pytest.approx((high - low) / 3.92, rel=0.05)
    assert paired.wald(pairs).stderr == pytest.approx(found.stderr, rel=0.05)


def test_intervals_cover_the_truth() -> None:
    """300 simulated pairs of runs on 120 items, true difference 10 points: 95% intervals hold it 95 times in 100."""
    rng = np.random.default_rng(11)
    held = {"bootstrap": 0, "newcombe": 0}
    for _ in range(300):
        both, only_b, only_a, neither = (int(each) for each in rng.multinomial(120, [0.45, 0.2, 0.1, 0.25]))
        pairs = [(Fraction(1), 1)] * only_b + [(Fraction(-1), 1)] * only_a + [(Fraction(0), 1)] * (both + neither)
        for name, each in (("bootstrap", paired.bootstrap(pairs, 1000)),
                           ("newcombe", paired.newcombe(both, only_b, only_a, neither))):  # fmt: skip
            held[name] += each.low <= 0.1 <= each.high
    assert all(0.91 * 300 <= each <= 0.99 * 300 for each in held.values()), held


def test_false_alarms_and_power_are_as_said() -> None:
    """Under no difference p < 5% at most 5 times in 100; a true difference of the size `detectable` is found about 80
    times in 100 (the exact test is a little conservative)."""
    rng = np.random.default_rng(13)
    n, moved = 400, 0.2
    size = paired.detectable([(Fraction(1), 1)] * int(n * moved) + [(Fraction(0), 1)] * int(n * (1 - moved)))
    assert size == pytest.approx(2.8016 * math.sqrt(moved / n), rel=1e-4)
    for true, low, high in ((0.0, 0.0, 0.06), (size, 0.72, 0.88)):
        share_b = (moved + true) / 2 / moved
        alarms = 0
        for _ in range(600):
            discordant = rng.binomial(n, moved)
            better = rng.binomial(discordant, share_b)
            alarms += paired.mcnemar(better, discordant - better) < 0.05
        assert low <= alarms / 600 <= high


def test_newcombe_published_example() -> None:
    """36 both, 12 one only, 2 other only, 0 neither: 0.2, from 0.0569 to 0.3404."""
    found = paired.newcombe(36, 12, 2, 0)
    assert (round(found.low, 4), round(found.high, 4)) == (0.0569, 0.3404)


@given(st.lists(st.floats(0, 1), max_size=30))
def test_holm_is_its_definition(p: list[float]) -> None:
    for at, adjusted in enumerate(paired.holm(p)):
        smaller = [each for each in p if each <= p[at]]
        expected = max(min(1.0, (len(p) - sum(x < q for x in p)) * q) for q in smaller)
        assert adjusted == pytest.approx(expected)


# ---- runs


def test_by_hand() -> None:
    """Ten items. A passes 0 to 4 (5 of 10), B passes 2 to 9 (8 of 10): +30 points.

    Discordant: 0 and 1 got worse (2), 5 to 9 better (5). Exact McNemar: 2 (C(7,0) + C(7,1) + C(7,2)) / 2^7
    = 2 * 29 / 128 = 0.453125. Detectable: 2.8016 sqrt(7) / 10 = 74.12 points.
    """
    found = compare([_plain([i < 5 for i in range(10)])], [_plain([i >= 2 for i in range(10)])])
    each = _only(found)
    assert (each.a, each.b, each.improved, each.regressed, each.n) == (0.5, 0.8, 5, 2, 10)
    assert each.value == pytest.approx(0.3)
    assert (each.p, each.test) == (pytest.approx(0.453125), "exact McNemar")
    assert each.detectable == pytest.approx(0.7412, abs=1e-4)
    assert each.low < 0 < 0.3 < each.high and each.closed.low < 0 < 0.3 < each.closed.high
    metric = found.metrics[0]
    assert [(c.id, c.reason, c.before) for c in metric.regressions] == [
        ("i0", "k was False", "k was True"),
        ("i1", "k was False", "k was True"),
    ]
    assert [c.id for c in metric.improvements] == ["i5", "i6", "i7", "i8", "i9"]
    assert metric.checks is None and found.tests == 1


_verdict = st.sampled_from([True, False, None])
_items = st.lists(st.lists(st.tuples(st.sampled_from(["x", "y", "z"]), _verdict, _verdict), min_size=1, max_size=3),
                  min_size=2, max_size=12)  # fmt: skip


@given(_items)
@settings(max_examples=40, deadline=None)
def test_with_itself_and_the_other_way_round(items: list[list[tuple[str, bool | None, bool | None]]]) -> None:
    a = _run(*(_item(str(i), [(k, v) for k, v, _ in checks]) for i, checks in enumerate(items)))
    b = _run(*(_item(str(i), [(k, v) for k, _, v in checks]) for i, checks in enumerate(items)))
    for each in _all(compare([a], [a], draws=200)):
        assert (each.value, each.p, each.adjusted or 1.0) == (0, 1, 1)
        assert (each.low, each.high) == (0, 0) or each.items == 1
    there, back = compare([a], [b], draws=200), compare([b], [a], draws=200)
    others = {each.name: each for each in _all(back)}
    for each in _all(there):
        other = others[each.name]
        assert (each.value, each.a, each.improved) == (-other.value, other.b, other.regressed)
        assert (each.p, each.adjusted, each.detectable) == (other.p, other.adjusted, other.detectable)
        assert (each.low, each.high) == pytest.approx((-other.high, -other.low), nan_ok=True)
        assert (each.closed.low, each.closed.high) == pytest.approx(
            (-other.closed.high, -other.closed.low), nan_ok=True
        )
    assert [c.id for c in there.metrics[0].regressions] == [c.id for c in back.metrics[0].improvements]


def _all(found: Comparison) -> list[Difference]:
    """Headline and types of every metric, all that may be said of a difference."""
    return [
        each
        for m in found.metrics
        for each in (m.items, *([m.checks] if m.checks else []), *m.types)
        if each is not None
    ]


def test_checks_are_clustered_by_item() -> None:
    """Two items of three checks, all worse in B: six checks tell no more than two items, p = 2 / 2^2."""
    a = _run(*(_item(str(i), [("k", True)] * 3) for i in range(2)))
    b = _run(*(_item(str(i), [("k", False)] * 3) for i in range(2)))
    metric = compare([a], [b]).metrics[0]
    assert metric.checks is not None
    assert (metric.checks.n, metric.checks.items, metric.checks.p) == (6, 2, 0.5)
    assert metric.checks.test == "exact permutation"
    assert [(each.n, each.p) for each in metric.types] == [(6, 0.5)]


def test_types_are_adjusted_together() -> None:
    """Type x: 0 to 8 of 8, p = 2/2^8 = 0.0078; y: 0 to 5 of 8, p = 2/2^5 = 0.0625; z: nothing. Holm: 3x, 2x, 1x."""
    a = _run(*(_item(str(i), [("x", False), ("y", False), ("z", True)]) for i in range(8)))
    b = _run(*(_item(str(i), [("x", True), ("y", i < 5), ("z", True)]) for i in range(8)))
    found = compare([a], [b])
    assert [(each.name, each.p, each.adjusted) for each in found.metrics[0].types] == [
        ("x", pytest.approx(2 / 256), pytest.approx(6 / 256)),
        ("y", pytest.approx(2 / 32), pytest.approx(4 / 32)),
        ("z", 1.0, 1.0),
    ]
    assert "adjusted by Holm within each metric (3 types of strict)" in "\n".join(lines(found))


def test_undecided_counts_as_not_passed_and_is_shown() -> None:
    a, b = _plain([True, True, None, False]), _plain([True, None, True, True])
    metric = compare([a], [b]).metrics[0]
    assert metric.undecided == (1, 1)
    assert (metric.items.improved, metric.items.regressed) == (2, 1)
    assert metric.decided is not None and (metric.decided.n, metric.decided.improved, metric.decided.regressed) == (
        2,
        1,
        0,
    )
    assert "undecided in 1 items of A and 1 of B" in "\n".join(lines(compare([a], [b])))


def test_seeds_are_averaged_by_item() -> None:
    """Item 0: A 1/2, B 2/2; item 1: A 0/2, B 1/2. Differences 1/2 and 1/2: p = 2/4 whatever the number of seeds."""
    a = [_plain([True, False], model="a0"), _plain([False, False], model="a1")]
    b = [_plain([True, False], model="b0"), _plain([True, True], model="b1")]
    found = compare(a, b)
    each = _only(found)
    assert (each.a, each.b, each.value, each.n, each.p) == (0.25, 0.75, 0.5, 2, 0.5)
    assert each.test == "exact permutation" and each.closed.method == "normal, clustered by item"
    assert (found.a.runs, found.a.model) == (2, "a0, a1")
    assert [(c.id, c.a, c.b) for c in found.metrics[0].improvements] == [("i0", 0.5, 1.0), ("i1", 0.0, 0.5)]
    samples = [_run(*(_item(i.id, [("k", c.verdicts["strict"]) for c in i.checks], s) for s, r in enumerate(side)
                      for i in r.items)) for side in (a, b)]  # fmt: skip
    pooled = _only(compare([samples[0]], [samples[1]]))
    assert dataclasses.replace(pooled, method="") == dataclasses.replace(each, method="")


def test_what_is_not_in_both_is_named_and_left_out() -> None:
    a = _run(_item("p", [("k", True)]), _item("q", [("k", True)]), _item("r", [("k", True)], sample=1))
    b = _run(
        _item("p", [("k", False)], prompt="other words"), _item("s", [("k", True)]), signature="t|prompts:8|strict"
    )
    found = compare([a], [b])
    assert (found.items, found.only_a, found.only_b) == (1, ("q", "r, sample 1"), ("s",))
    text = "\n".join(lines(found))
    assert "2 only in A, left out: q, r, sample 1" in text and "1 only in B, left out: s" in text
    assert "1 prompts have another wording under the same id: p" in text
    assert "not made on the same data: prompts:9 against prompts:8" in text
    three = compare([_plain([True, True]), _plain([True])], [_plain([True, False])])
    assert three.partly == ("i1",) and three.items == 1


def test_a_lost_response_fails_all_its_checks() -> None:
    a = _run(_item("p", [("x", True), ("x", True), ("y", False)]), _item("q", [("x", True)]))
    b = _run(_item("p", []), _item("q", [("x", True)]))
    found = compare([a], [b])
    metric = found.metrics[0]
    assert [(c.kind, c.reason) for c in metric.regressions] == [("x", "not checked"), ("x", "not checked")]
    assert metric.checks is not None and (metric.checks.n, metric.checks.b) == (4, 0.25)
    assert "3 checks are not in every run" in found.notes[0]


def test_what_cannot_be_compared_is_refused() -> None:
    one = _plain([True, False])
    with pytest.raises(SparError, match="different tasks, t and u"):
        compare([one], [dataclasses.replace(one, task="u")])
    with pytest.raises(SparError, match="no item in common"):
        compare([one], [_run(_item("z", [("k", True)]))])
    with pytest.raises(SparError, match=r"item i0 stands in responses.jsonl twice"):
        compare([_run(one.items[0], one.items[0])], [one])
    with pytest.raises(SparError, match=r"metric 'strickt' is not in these runs. Did you mean 'strict'"):
        compare([one], [one], metric="strickt")


def test_scores_keep_their_unit() -> None:
    """A mean of levels is no percentage."""
    level = Estimate("CSL", 0.8, 4, 0.5, 1.1, 0.2, "normal", "")
    run = dataclasses.replace(_plain([True, False]), scores=(level, Estimate("share", 0.8, 4, 0.5, 1.1, 0.2, "normal")))
    text = list(lines(compare([run], [run])))
    assert "  CSL       0.80 ->    0.80" in text and "  share    80.00 ->   80.00" in text


def test_a_score_without_a_value_survives_the_file(tmp_path: Path) -> None:
    nothing = Estimate.without_interval("share", math.nan, 0, "no items")
    save_result(dataclasses.replace(_plain([True, False]), scores=(nothing,)), tmp_path)
    run = load_result(tmp_path)
    assert math.isnan(run.scores[0].value) and run.scores[0].n == 0
    assert "nan ->" in "\n".join(lines(compare([run], [run])))
    assert pool([run, run]).spreads == ()


def test_another_number_of_runs_is_told() -> None:
    found = compare([_plain([True, False])], [_plain([True, True]), _plain([True, False])])
    assert "different numbers of runs" in found.notes[0] and _only(found).value == 0.25


def test_pool(tmp_path: Path) -> None:
    """Scores 0.4, 0.5 and 0.9: mean 0.6, variance (0.04 + 0.01 + 0.09) / 2 = 0.07. The items' interval is the same
    with each run counted twice: more runs of the same items are no new items."""
    runs = []
    for at, (value, passed) in enumerate([(0.4, [True, False, True]), (0.5, [True, None, False]), (0.9, [True] * 3)]):
        score = Estimate("share", value, 2, 0.1, 0.9, 0.2, "Wilson")
        runs.append(dataclasses.replace(_plain(passed, model=f"seed{at}"), scores=(score,)))
        save_result(runs[-1], tmp_path / str(at))
    found = pool(runs)
    (spread,) = found.spreads
    assert (spread.mean, spread.sd, spread.low, spread.high) == (pytest.approx(0.6), pytest.approx(0.07**0.5), 0.4, 0.9)
    (score,) = found.scores
    assert (score.name, score.value, score.n) == ("items, strict", pytest.approx(6 / 9), 9)
    twice = pool([*runs, *runs]).scores[0]
    assert (twice.value, twice.low, twice.high, twice.n) == pytest.approx((score.value, score.low, score.high, 18))
    shown = CliRunner().invoke(cli, ["pool", *(str(tmp_path / str(at)) for at in range(3))]).output
    assert "share                60.00  sd 26.46  40.00 to 90.00" in shown
    assert json.loads(CliRunner().invoke(cli, ["pool", str(tmp_path / "0"), str(tmp_path / "1"), "--json"]).output)
    with pytest.raises(SparError, match="one run only"):
        pool(runs[:1])


def test_command(tmp_path: Path) -> None:
    sides = {"a": [True] * 6 + [False] * 4, "b": [False] * 2 + [True] * 8, "c": [True] * 10}
    for name, passed in sides.items():
        save_result(_plain(passed, model=f"model-{name}"), tmp_path / name)
    a, b, c = (str(tmp_path / name) for name in sides)
    run = CliRunner().invoke
    text = run(cli, ["compare", a, b, "--list", "1", "--html", str(tmp_path / "page.html")])
    assert text.exit_code == 0
    assert (
        "60.00 ->   80.00   +20.00" in text.output
        and "4 better, 2 worse of 10  p = 0.6875 (exact McNemar)" in text.output
    )
    assert "worse in B, strict: 2 checks, the first 1\n  k  i0  B: k was False\n" in text.output
    assert (tmp_path / "page.html").is_file()
    plain = json.loads(run(cli, ["compare", "--a", a, "--b", b, "--b", c, "--json"]).output)
    assert plain["b"]["runs"] == 2 and plain["metrics"][0]["items"]["value"] == pytest.approx(0.3)
    assert len(plain["metrics"][0]["improvements"]) == 4
    assert "unpaired" not in text.output
    assert "two run folders" in run(cli, ["compare", a]).output
    assert "two run folders" in run(cli, ["compare", a, b, "--a", a]).output
    missing = run(cli, ["compare", a, str(tmp_path / "none")])
    assert isinstance(missing.exception, SparError) and "results.json does not exist" in str(missing.exception)


def test_items_that_belong_together_are_one_piece_of_evidence() -> None:
    """Eight items that all changed for the better: 2 / 2^8 if each stands alone, 2 / 2^2 if they are of two clusters."""

    def run(passed: bool, clusters: int) -> Result:
        items = tuple(
            Item(str(i), "p", "r", (Check("k", {"m": passed}, ""),), cluster=f"c{i % clusters}" if clusters else "")
            for i in range(8)
        )
        return Result("t", "model", "t|data:x", (), items)

    alone = compare([run(False, 0)], [run(True, 0)]).metrics[0].items
    together = compare([run(False, 2)], [run(True, 2)]).metrics[0].items
    assert (alone.p, alone.items, alone.test) == (pytest.approx(2 / 2**8), 8, "exact McNemar")
    assert (together.p, together.items, together.n) == (pytest.approx(2 / 2**2), 2, 8)
