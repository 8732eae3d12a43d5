"""Plans from Python: values by keyword, and mistakes that are refused."""

from __future__ import annotations

import pytest

from spar_data.core.errors import SparError
from spar_train.planning.devices import GIB
from spar_train.planning.training_plan import PlanConfig, plan


def test_devices_that_are_missing_or_contradictory_are_refused() -> None:
    with pytest.raises(SparError, match="--gpu NAME, --gpu-memory GIB or --gpu cpu is expected"):
        PlanConfig("llama-3-8b", "dpo")
    with pytest.raises(SparError, match="--gpus N is expected"):
        PlanConfig("llama-3-8b", "dpo", gpu="h100", sharded=True)


def test_values_reach_plan_and_training() -> None:
    small = plan("smollm2-135m", "sft", gpu_memory=8, rows=640, tokens_per_batch=2048, epochs=1)
    assert small.memory.steps == 10 and small.memory.micro_batch == 4096  # one row of the paper's max_length
    assert small.memory.devices.memory == 8 * GIB and small.fits and small.change is None
    plain = small.to_dict()
    assert plain["fits"] is True and plain["bytes"] == small.memory.bytes and plain["change"] is None


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"gpu": "h100", "learning_rat": 1.0}, "unknown key 'learning_rat'"),
        ({"gpu": "h1000"}, "gpu = 'h1000' is not known.*h100"),
        ({"gpu": "h100", "epochs": 0}, "epochs = 0"),
        ({"gpu": "h100", "longest": 5000}, "longer than --max-length 4096"),
    ],
)
def test_mistakes_are_named(values: dict[str, object], message: str) -> None:
    with pytest.raises(SparError, match=message):
        plan("smollm2-135m", "sft", **values)


def test_a_plan_that_does_not_fit_says_by_how_much() -> None:
    lines = repr(plan("llama-3-8b", "dpo", gpu="h100", gpus=8, sharded=True)).splitlines()
    assert lines[0] == "DPO of llama-3-8b: 8,030,261,248 parameters"
    assert lines[1].startswith("8 x h100, 79.2 GiB each, sharded (ZeRO-3, FSDP)")
    assert any("does NOT fit: 71.2 GiB too much" in line for line in lines)
    assert "10,000 pairs, 313 steps, 12,000,000 tokens: 3 min 42 s at 40% of the peak speed" in lines[-4]
    assert lines[-1] == "It fits with --tokens-per-batch 4096: 53.2 GiB of 75.2 GiB, 3 min 42 s"


def test_nothing_helps() -> None:
    lines = repr(plan("llama-3-70b", "sft", gpu_memory=0.5)).splitlines()
    assert lines[-1].startswith("Nothing makes it fit") and lines[-3].startswith("sampling does NOT fit")
