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
