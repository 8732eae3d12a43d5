"""A training on a GPU: bf16, padding-free, stopped and gone on. python -m pytest tests/gpu/test_training_gpu.py"""

from __future__ import annotations

from pathlib import Path

import pytest

torch = pytest.importorskip("torch")
import small_training as small  # noqa: E402

from spar_train.training.fit import fit  # noqa: E402

pytestmark = [pytest.mark.gpu, pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")]


@pytest.mark.parametrize("more", [{}, {"lora": 4}, {"gradient_checkpointing": True}, {"attention": "padded"}])
def test_a_training_in_bf16_goes_on_where_it_was_stopped(tmp_path: Path, more: dict[str, object]) -> None:
    small.world(tmp_path)
    facts = fit(small.job(tmp_path, "unbroken", held_out=2, **more))
    assert (facts.precision, facts.finished) == ("bf16", True) and facts.last["memory_gb"] > 0
    exact = fit(small.job(tmp_path, "exact", held_out=2, precision="fp32", **more))
    for line, other in zip(small.lines(tmp_path / "unbroken"), small.lines(tmp_path / "exact"), strict=True):
        assert line["nll"] == pytest.approx(other["nll"], rel=0.05)
    assert exact.precision == "fp32"
    with pytest.raises(KeyboardInterrupt):
        fit(small.job(tmp_path, "stopped", held_out=2, **more), small.stopping(5, KeyboardInterrupt()))
    resumed = fit(small.job(tmp_path, "stopped", held_out=2, **more))
    assert resumed.last["loss"] == pytest.approx(facts.last["loss"], rel=0.02)
    start, a, b = (small.weights(tmp_path / name) for name in ("model", "unbroken/model", "stopped/model"))
    moved = max((a[name] - start[name]).abs().max() for name in a)
    assert moved > 1e-3 and all(torch.allclose(a[name], b[name], atol=float(moved) / 4) for name in a)
