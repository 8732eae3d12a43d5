"""Two runs compared item by item."""

from __future__ import annotations

import dataclasses
import math
from pathlib import Path

import pytest
from hand_made_results import single_checks, strict_item, strict_run
from hypothesis import given, settings
from hypothesis import strategies as st

from spar_data.core.errors import SparError
from spar_data.core.intervals import Estimate
from spar_eval.comparison.compare import compare
from spar_eval.comparison.pooled import pool
from spar_eval.comparison.records import Comparison, Difference
from spar_eval.comparison.text import lines
from spar_eval.results import Check, Item, Result
from spar_eval.run_folder import load_result, save_result


def _only(found: Comparison) -> Difference:
    (metric,) = found.metrics
    return metric.items


def test_by_hand() -> None:
    """Ten items. A passes 0 to 4 (5 of 10), B passes 2 to 9 (8 of 10): +30 points.

    Discordant: 0 and 1 got worse (2), 5 to 9 better (5). Exact McNemar: 2 (C(7,0) + C(7,1) + C(7,2)) / 2^7
    = 2 * 29 / 128 = 0.453125. Detectable: 2.8016 sqrt(7) / 10 = 74.12 points.
    """
    found = compare([single_checks([i < 5 for i in range(10)])], [single_checks([i >= 2 for i in range(10)])])
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
    a = strict_run(*(strict_item(str(i), [(k, v) for k, v, _ in checks]) for i, checks in enumerate(items)))
    b = strict_run(*(strict_item(str(i), [(k, v) for k, _, v in checks]) for i, checks in enumerate(items)))
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
    a = strict_run(*(strict_item(str(i), [("k", True)] * 3) for i in range(2)))
    b = strict_run(*(strict_item(str(i), [("k", False)] * 3) for i in range(2)))
    metric = compare([a], [b]).metrics[0]
    assert metric.checks is not None
    assert (metric.checks.n, metric.checks.items, metric.checks.p) == (6, 2, 0.5)
    assert metric.checks.test == "exact permutation"
    assert [(each.n, each.p) for each in metric.types] == [(6, 0.5)]


def test_types_are_adjusted_together() -> None:
    """Type x: 0 to 8 of 8, p = 2/2^8 = 0.0078; y: 0 to 5 of 8, p = 2/2^5 = 0.0625; z: nothing. Holm: 3x, 2x, 1x."""
    a = strict_run(*(strict_item(str(i), [("x", False), ("y", False), ("z", True)]) for i in range(8)))
    b = strict_run(*(strict_item(str(i), [("x", True), ("y", i < 5), ("z", True)]) for i in range(8)))
    found = compare([a], [b])
    assert [(each.name, each.p, each.adjusted) for each in found.metrics[0].types] == [
        ("x", pytest.approx(2 / 256), pytest.approx(6 / 256)),
        ("y", pytest.approx(2 / 32), pytest.approx(4 / 32)),
        ("z", 1.0, 1.0),
    ]
    assert "adjusted by Holm within each metric (3 types of strict)" in "\n".join(lines(found))


def test_undecided_counts_as_not_passed_and_is_shown() -> None:
    a, b = single_checks([True, True, None, False]), single_checks([True, None, True, True])
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
    a = [single_checks([True, False], model="a0"), single_checks([False, False], model="a1")]
    b = [single_checks([True, False], model="b0"), single_checks([True, True], model="b1")]
    found = compare(a, b)
    each = _only(found)
    assert (each.a, each.b, each.value, each.n, each.p) == (0.25, 0.75, 0.5, 2, 0.5)
    assert each.test == "exact permutation" and each.closed.method == "normal, clustered by item"
    assert (found.a.runs, found.a.model) == (2, "a0, a1")
    assert [(c.id, c.a, c.b) for c in found.metrics[0].improvements] == [("i0", 0.5, 1.0), ("i1", 0.0, 0.5)]
    samples = [strict_run(*(strict_item(i.id, [("k", c.verdicts["strict"]) for c in i.checks], s) for s, r in enumerate(side)
                      for i in r.items)) for side in (a, b)]  # fmt: skip
    pooled = _only(compare([samples[0]], [samples[1]]))
    assert dataclasses.replace(pooled, method="") == dataclasses.replace(each, method="")


def test_items_of_one_side_only_are_named_and_left_out() -> None:
    a = strict_run(
        strict_item("p", [("k", True)]), strict_item("q", [("k", True)]), strict_item("r", [("k", True)], sample=1)
    )
    b = strict_run(
        strict_item("p", [("k", False)], prompt="other words"),
        strict_item("s", [("k", True)]),
        signature="t|prompts:8|strict",
    )
    found = compare([a], [b])
    assert (found.items, found.only_a, found.only_b) == (1, ("q", "r, sample 1"), ("s",))
    text = "\n".join(lines(found))
    assert "2 only in A, left out: q, r, sample 1" in text and "1 only in B, left out: s" in text
    assert "1 prompts have another wording under the same id: p" in text
    assert "not made on the same data: prompts:9 against prompts:8" in text
    three = compare([single_checks([True, True]), single_checks([True])], [single_checks([True, False])])
    assert three.partly == ("i1",) and three.items == 1


def test_a_lost_response_fails_all_its_checks() -> None:
    a = strict_run(strict_item("p", [("x", True), ("x", True), ("y", False)]), strict_item("q", [("x", True)]))
    b = strict_run(strict_item("p", []), strict_item("q", [("x", True)]))
    found = compare([a], [b])
    metric = found.metrics[0]
    assert [(c.kind, c.reason) for c in metric.regressions] == [("x", "not checked"), ("x", "not checked")]
    assert metric.checks is not None and (metric.checks.n, metric.checks.b) == (4, 0.25)
    assert "3 checks are not in every run" in found.notes[0]


def test_wrong_runs_are_refused() -> None:
    one = single_checks([True, False])
    with pytest.raises(SparError, match="different tasks, t and u"):
        compare([one], [dataclasses.replace(one, task="u")])
    with pytest.raises(SparError, match="no item in common"):
        compare([one], [strict_run(strict_item("z", [("k", True)]))])
    with pytest.raises(SparError, match=r"item i0 is in responses.jsonl twice"):
        compare([strict_run(one.items[0], one.items[0])], [one])
    with pytest.raises(SparError, match=r"metric 'strickt' is not in these runs. Did you mean 'strict'"):
        compare([one], [one], metric="strickt")


def test_a_score_without_a_value_survives_the_file(tmp_path: Path) -> None:
    nothing = Estimate.without_interval("share", math.nan, 0, "no items")
    save_result(dataclasses.replace(single_checks([True, False]), scores=(nothing,)), tmp_path)
    run = load_result(tmp_path)
    assert math.isnan(run.scores[0].value) and run.scores[0].n == 0
    assert "nan ->" in "\n".join(lines(compare([run], [run])))
    assert pool([run, run]).spreads == ()


def test_different_numbers_of_runs_are_noted() -> None:
    found = compare([single_checks([True, False])], [single_checks([True, True]), single_checks([True, False])])
    assert "different numbers of runs" in found.notes[0] and _only(found).value == 0.25


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


def test_folders_and_results_are_both_taken(tmp_path: Path) -> None:
    a, b = single_checks([True, False]), single_checks([True, True])
    save_result(a, tmp_path / "a")
    assert compare(tmp_path / "a", b) == compare(str(tmp_path / "a"), [b]) == compare(a, b)
    with pytest.raises(SparError, match="a side without runs"):
        compare([], b)
