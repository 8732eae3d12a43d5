"""The judge compared with the checkers: by hand, and against scikit-learn."""

from __future__ import annotations

import dataclasses
from dataclasses import replace

import pytest
from stored_rows import BEE, WORDS, sample, tree, votes

from spar_data.core.ids import row_id
from spar_data.selfplay.judge.calibration import calibrate
from spar_data.selfplay.judge.votes import VoteRule
from spar_data.selfplay.records import Node, Sample, Votes


def test_calibration_beside_scikit_learn() -> None:
    metrics = pytest.importorskip("sklearn.metrics")
    kinds = [
        ("Yes", "Yes", 7),
        ("Yes", "No", 5),
        ("No", "Yes", 2),
        ("No", "No", 9),
        ("tie", "No", 3),
        ("unparsed", "Yes", 1),
    ]
    samples: list[Sample] = []
    for said, true, number in kinds:
        shown = {"Yes": votes(5, 0, exact=true), "No": votes(0, 5, exact=true), "tie": votes(2, 2, 1, exact=true)}
        voted = shown.get(said) or votes(0, 1, 4, exact=true)
        samples += [sample("p", len(samples), f"t{len(samples)}", voted) for _ in range(number)]
        samples = [replace(s, sample=i) for i, s in enumerate(samples)]
    samples += [sample("p", 99, "t", votes(5, 0, exact="unknown")), sample("p", 98, "t", problem="length: cut")]
    found = calibrate(samples)
    decided = [(said, true) for said, true, n in kinds[:4] for _ in range(n)]
    judge, truth = zip(*decided, strict=True)
    assert found.kappa == pytest.approx(metrics.cohen_kappa_score(truth, judge))
    assert found.f1 == pytest.approx(metrics.f1_score(truth, judge, pos_label="Yes"))
    assert found.accuracy == pytest.approx(metrics.accuracy_score(truth, judge))
    assert found.accuracy_of_all == pytest.approx(16 / 27)
    assert (found.known, found.decided) == (27, 23) and found.counts["tie", "No"] == 3
    by_checkers = sample("p", 97, "t", Votes([], [], "No", 0.0, "because", "No"))
    none = calibrate([by_checkers])
    assert none.known == 0
    assert none.accuracy is None and none.kappa is None and none.f1 is None


def test_calibration_by_the_type_of_the_only_broken_constraint() -> None:
    half = replace(BEE, covers="part")
    wanted = {row_id("p"): [WORDS, BEE], row_id("q"): [WORDS, half]}
    samples = [
        sample("p", 0, "a bee that sat", votes(0, 5, exact="No")),  # too long
        sample("p", 1, "one wasp", votes(5, 0, exact="No")),  # no bee
        sample("p", 2, "wasps bite you and me", votes(0, 5, exact="No")),  # both
        sample("p", 3, "one bee", votes(5, 0, exact="Yes")),
        sample("q", 0, "too many words, bee", votes(2, 2, 1, exact="No")),  # too long; not checked wholly
    ]
    found = calibrate(samples, constraints=wanted)
    assert found.by_type == {"format.length": (1, 1, 2), "content.keyword": (0, 1, 1)}
    assert found.known == 4 and found.whole
    nodes: list[Node] = tree(samples[0], (0, "one bee", votes(5, 0, exact="Yes")))
    assert calibrate(samples, nodes, wanted).known == 5  # the root is a sample: counted once


def test_calibration_leaves_the_checkers_vote_out() -> None:
    """3 Yes and 2 No of a model, and the checkers' No: a tie in the rows, a Yes of the judge."""
    also = dataclasses.replace(votes(3, 2, exact="No"), verdict="tie", value=0.5)
    sample = Sample("s", "p", "prompt", 0, "text", "", "", also, "actor", "judge")
    assert calibrate([sample]).counts == {("tie", "No"): 1}
    assert calibrate([sample], rule=VoteRule()).counts == {("Yes", "No"): 1}
    resampled = dataclasses.replace(also, words=["No"] * 5 + also.words, replies=[""] * 10)
    assert calibrate([dataclasses.replace(sample, votes=resampled)], rule=VoteRule()).counts == {("Yes", "No"): 1}
