"""DPO of ours against TRL's DPOTrainer by its defaults, on a CPU, same rows and weights, in the same run."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from dpo_peer import measure

from spar_train.planning.shape import Shape


def test_dpo(benchmark: Any, tmp_path: Path) -> None:
    """32 pairs of a median of 120 tokens a reply, a model of 4 layers and 128 dimensions, float32."""
    pytest.importorskip("trl")
    shape = Shape(128, 384, 4, 4, 2, 32, 512)
    found = benchmark.pedantic(lambda: measure(tmp_path, shape, pairs=32, typical=120), rounds=1)
    for way in ("trl", "trl, tuned"):
        ratio = found["ours"]["tokens_per_s"] / found[way]["tokens_per_s"]
        benchmark.extra_info[f"times as fast as {way}"] = round(ratio, 2)
        benchmark.extra_info[f"peak of memory, of that of {way}"] = round(
            found["ours"]["memory_gb"] / found[way]["memory_gb"], 2
        )
    print(f"\n{found}\n{benchmark.extra_info}")
    assert found["ours"]["tokens_per_s"] > 1.5 * found["trl"]["tokens_per_s"]
