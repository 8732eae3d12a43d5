"""Figures of the devices that a training is planned for."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace

GIB = 2**30


@dataclass(frozen=True)
class Devices:
    """A number of equal devices.

    memory       bytes of one device.
    tflops       peak of dense matrices in bf16, of one device, in 10^12 operations a second; tflops_fp32: in float32.
    bandwidth    of its memory, bytes a second.
    sharded      weights, gradients and AdamW states are divided among the devices (ZeRO-3, FSDP); otherwise each device
                 holds all of them (DDP).
    """

    name: str
    memory: float
    tflops: float
    tflops_fp32: float
    bandwidth: float
    count: int = 1
    sharded: bool = False

    @property
    def cpu(self) -> bool:
        return self.name == "cpu"

    @property
    def runtime(self) -> float:
        """Bytes in use before the first tensor: CUDA context, kernels and communication, or Python and torch. Estimated."""
        return 0.7 * GIB if self.cpu else (1.5 if self.count > 1 else 1.0) * GIB

    @property
    def usable(self) -> float:
        """Bytes that a plan may fill. The rest is lost to fragmentation or used by other programs. Estimated."""
        return self.memory * (0.85 if self.cpu else 0.95)


GPUS = {
    "h200": Devices("h200", 139.8 * GIB, 989, 67, 4.8e12),
    "h100": Devices("h100", 79.2 * GIB, 989, 67, 3.35e12),
    "a100": Devices("a100", 79.2 * GIB, 312, 19.5, 2.04e12),
    "4090": Devices("4090", 23.5 * GIB, 165, 82.6, 1.01e12),
}
"""Figures of the data sheets (SXM versions; the A100 with 80 GB; bf16 without sparsity), memory as the driver shows it."""

UNKNOWN_GPU = Devices("gpu", 0, 150, 30, 1e12)
"""A GPU of which only the memory is known: `--gpu-memory`."""


def cpu(memory: float = 0, cores: int = 0) -> Devices:
    """This machine's processor, or one with the given bytes and cores: typically 50 GFLOP/s a core and 20 GB/s."""
    memory = memory or os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    tflops = 0.05 * (cores or os.cpu_count() or 1)
    return Devices("cpu", memory, tflops, tflops, 2e10)


def this_machine(processes: int = 1, sharded: bool = False) -> Devices:
    """The devices that this machine trains on: one GPU per process, or the processor, whose memory the processes share."""
    import torch

    if not torch.cuda.is_available():
        processor = cpu()
        return replace(processor, memory=processor.memory / processes, count=processes, sharded=sharded)
    name = torch.cuda.get_device_name(0).lower()
    gpu = next((gpu for key, gpu in GPUS.items() if key in name), replace(UNKNOWN_GPU, name=name))
    memory = torch.cuda.get_device_properties(0).total_memory
    return replace(gpu, memory=memory, count=processes, sharded=sharded)
