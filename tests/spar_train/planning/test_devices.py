"""Devices: this machine, and what a plan may fill."""

from __future__ import annotations

import pytest

from spar_train.planning.devices import GIB, GPUS, cpu, this_machine


def test_a_processor_by_memory_and_cores() -> None:
    device = cpu(10 * GIB, 4)
    assert device.cpu and (device.memory, device.tflops) == (10 * GIB, 0.2)
    assert device.usable == 8.5 * GIB and not GPUS["h100"].cpu


def test_processes_share_the_memory_of_a_processor() -> None:
    torch = pytest.importorskip("torch")
    if torch.cuda.is_available():
        pytest.skip("this machine has a GPU")
    one, two = this_machine(), this_machine(2, sharded=True)
    assert (two.count, two.sharded, two.memory) == (2, True, one.memory / 2)
