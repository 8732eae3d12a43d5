"""`hf:` with continuous batching on a GPU: `SPAR_GPU_MODEL=FOLDER python -m pytest tests/gpu -s`."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

torch = pytest.importorskip("torch")

from spar_data.models import Completion, Limits, Message, Request, Store, complete  # noqa: E402

pytestmark = [
    pytest.mark.gpu,
    pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device"),
    pytest.mark.skipif("SPAR_GPU_MODEL" not in os.environ, reason="SPAR_GPU_MODEL names no model"),
]


def test_continuous_batching(tmp_path: Path) -> None:
    """Tokens per second of 2,000 samples, and greedy answers in float32 equal to those of padded batches on the CPU."""
    folder = os.environ["SPAR_GPU_MODEL"]
    requests = [
        Request((Message("user", f"Write {i % 7 + 1} sentences about the number {i}."),), 0.0, 64) for i in range(64)
    ]
    with Store(tmp_path / "s.sqlite") as store:
        on_gpu, _ = complete(f"hf:{folder},dtype=float32", requests, store)
    with Store(tmp_path / "cpu.sqlite") as store:
        on_cpu, _ = complete(f"hf:{folder},dtype=float32,device=cpu", requests, store)
    equal = sum(a == b for a, b in zip(on_gpu, on_cpu, strict=True))
    print(f"\n{equal} of {len(requests)} greedy answers are equal on GPU and CPU")
    assert equal > len(requests) // 2  # sums in another order flip close calls
    many = [Request(r.messages, 0.9, 256, n=32) for r in requests]
    with Store(tmp_path / "many.sqlite") as store:
        answers, tally = complete(f"hf:{folder}", many, store, Limits())
    print(f"{tally.completion_tokens / tally.seconds:,.0f} tokens/s, loading included: {tally.to_dict()}")
    assert any(isinstance(a, Completion) for each in answers for a in each)
