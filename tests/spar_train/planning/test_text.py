"""Plans as text."""

from __future__ import annotations

import dataclasses

import pytest

from spar_train.config import DPO
from spar_train.planning.devices import GPUS
from spar_train.planning.memory_plan import Workload, plan_memory
from spar_train.planning.sampling_plan import plan_sampling
from spar_train.planning.shape import SIZES
from spar_train.planning.text import change_text, format_bytes, format_duration, memory_text, sampling_text


@pytest.mark.parametrize(
    ("seconds", "text"), [(41.6, "42 s"), (200, "3 min 20 s"), (2 * 3600 + 301, "2 h 5 min"), (216_000, "2.5 days")]
)
def test_durations(seconds: float, text: str) -> None:
    assert format_duration(seconds) == text


def test_bytes() -> None:
    assert [format_bytes(n) for n in (310 * 2**20, 12.3 * 2**30)] == ["310.0 MiB", "12.3 GiB"]


def test_a_plan_that_does_not_fit_says_by_how_much() -> None:
    devices = dataclasses.replace(GPUS["h100"], count=8, sharded=True)
    text = memory_text(plan_memory(SIZES["llama-3-8b"], DPO, devices, Workload("dpo", 10_000, 600), "llama-3-8b"))
    lines = text.splitlines()
    assert lines[0] == "DPO of llama-3-8b: 8,030,261,248 parameters"
    assert lines[1].startswith("8 x h100, 79.2 GiB each, sharded (ZeRO-3, FSDP)")
    assert any("does NOT fit: 71.2 GiB too much" in line for line in lines)
    assert "10,000 pairs, 313 steps, 12,000,000 tokens: 3 min 42 s at 40% of the peak speed" in lines[-1]


def test_nothing_helps() -> None:
    assert change_text(None).startswith("Nothing makes it fit")
    sampling = plan_sampling(SIZES["llama-3-70b"], GPUS["h100"], 2048)
    assert sampling_text(sampling, 2048, "vLLM").startswith("sampling does NOT fit")
