"""Measuring held-out rows leaves the training alone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

torch = pytest.importorskip("torch")
transformers = pytest.importorskip("transformers")
import small_training as small  # noqa: E402

from spar_train.training.fit import fit  # noqa: E402


def _same(a: dict[str, Any], b: dict[str, Any]) -> bool:
    return a.keys() == b.keys() and all(torch.equal(a[name], b[name]) for name in a)


def test_measuring_held_out_rows_leaves_the_training_alone(world: Path) -> None:
    other = small.pairs(world / "other.jsonl", 5, seed=9)
    fit(small.job(world, "unmeasured"))
    facts = fit(small.job(world, "measured", eval_rows=(other,)))
    assert _same(small.weights(world / "unmeasured" / "model"), small.weights(world / "measured" / "model"))
    measured = [line for line in small.lines(world / "measured") if "held_out_loss" in line]
    assert [line["step"] for line in measured] == [3, 6]  # ends of epochs
    assert round(facts.last["held_out_accuracy"], 6) in {0.0, 0.2, 0.4, 0.6, 0.8, 1.0}
    same = {"loss", "margin", "grad_norm"}
    for a, b in zip(small.lines(world / "unmeasured"), small.lines(world / "measured"), strict=True):
        assert {name: a[name] for name in same} == {name: b[name] for name in same}
