"""Metrics: curves after a resumed training, and the line of a step."""

from __future__ import annotations

from pathlib import Path

import pytest

torch = pytest.importorskip("torch")
transformers = pytest.importorskip("transformers")
import small_training as small  # noqa: E402

from spar_train.training.fit import fit  # noqa: E402
from spar_train.training.metrics import metrics_text  # noqa: E402


def test_curves_are_cut_off_on_resume(world: Path) -> None:
    """Stopped after step 5 with a checkpoint of step 4: step 5 is told again, once, and its curve has one value a step."""
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    out = world / "curves"
    with pytest.raises(KeyboardInterrupt):
        fit(small.job(world, "curves"), small.stopping(5, KeyboardInterrupt()))
    with (out / "metrics.jsonl").open("a") as file:
        file.write('{"step": 6, "lo')  # torn by a kill
    before = small.lines_whole(out)
    assert [line["step"] for line in before] == [1, 2, 3, 4, 5]
    fit(small.job(world, "curves"))
    after = small.lines(out)
    assert [line["step"] for line in after] == [1, 2, 3, 4, 5, 6]
    assert after[:4] == before[:4] and after[4]["loss"] == before[4]["loss"]
    curves = EventAccumulator(str(out / "tensorboard"))
    curves.Reload()
    told = curves.Scalars("train/loss")
    assert [each.step for each in told] == [1, 2, 3, 4, 5, 6]
    assert [each.value for each in told] == pytest.approx([line["loss"] for line in after], rel=1e-6)


def test_the_line_of_a_step() -> None:
    line = {"step": 3, "loss": 0.7, "tokens_per_s": 1234.5, "memory_gb": 1.25, "held_out_loss": 0.6}
    assert metrics_text(line, 1000, 200) == (
        "step 3 of 1,000, loss 0.7000, held-out loss 0.6000, 1,234 tokens/s, 1.2 GB, 3 min 20 s left"
    )
    pair = {**line, "margin": 0.1, "accuracy": 1.0, "chosen_logp": -9.5, "rejected_logp": -11.0}
    assert "margin +0.1000, accuracy 1.00, log-probs -9.5 / -11.0" in metrics_text(pair, 1000, 200)
