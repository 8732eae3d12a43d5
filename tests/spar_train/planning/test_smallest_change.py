"""The smallest change that makes a training fit."""

from __future__ import annotations

import dataclasses

from spar_train.config import DPO
from spar_train.planning.devices import GIB, GPUS, cpu
from spar_train.planning.memory_plan import (
    Workload,
    plan_memory,
)
from spar_train.planning.shape import SIZES
from spar_train.planning.smallest_change import smallest_change


def test_smallest_change() -> None:
    """One that leaves the result alone before LoRA, one before two; and it fits as it says."""
    model, work = SIZES["llama-3-8b"], Workload("dpo", 1000, 600)
    eight = dataclasses.replace(GPUS["h100"], count=8)
    for devices, words in (
        (dataclasses.replace(eight, sharded=True), ["--tokens-per-batch"]),
        (eight, ["--sharded", "--tokens-per-batch"]),
        (GPUS["h100"], ["--lora", "--gradient-checkpointing"]),
    ):
        plan = plan_memory(model, DPO, devices, work)
        found = smallest_change(model, DPO, devices, work, plan)
        assert not plan.fits and found and found.plan.fits
        assert [option.split()[0] for option in found.options] == words
    assert (
        smallest_change(
            SIZES["llama-3-70b"], DPO, cpu(8 * GIB, 2), work, plan_memory(model, DPO, cpu(8 * GIB, 2), work)
        )
        is None
    )
