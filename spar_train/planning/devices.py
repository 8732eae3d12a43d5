"""What a plan has to know of the machines it is made for."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace

GIB = 2**30


@dataclass(frozen=True)
class Devices:
    """Equal devices. memory: bytes of one. tflops, tflops_fp32: peak of dense matrices in bf16 and float32, of one, 10^12
    operations a second. bandwidth: of its memory, bytes a second. sharded: weights, gradients and AdamW states are divided
    among all (ZeRO-3, FSDP), else every device has them whole (DDP)."""

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
        """Bytes that are gone before the first tensor: CUDA context, kernels and communication, or Python and torch. Rough."""
        return 0.7 * GIB if self.cpu else (1.5 if self.count > 1 else 1.0) * GIB

    @property
    def usable(self) -> float:
        """Bytes that a plan may fill: the rest is lost to fragments, or other programs have it. Rough."""
        return self.memory * (0.85 if self.cpu else 0.95)


GPUS = {
    "h200": Devices("h200", 139.8 * GIB, 989, 67, 4.8e12),
    "h100": Devices("h100", 79.2 * GIB, 989, 67, 3.35e12),
    "a100": Devices("a100", 79.2 * GIB, 312, 19.5, 2.04e12),
    "4090": Devices("4090", 23.5 * GIB, 165, 82.6, 1.01e12),
}
"""Figures of the data sheets (SXM versions; the A100 with 80 GB; bf16 without sparsity), memory as the driver shows it."""

UNKNOWN = Devices("gpu", 0, 150, 30, 1e12)
"""A GPU of which only the memory is known: `--gpu-memory`."""


def cpu(memory: float = 0, cores: int = 0) -> Devices:
    """This machine's processor, or one of so many bytes and cores. 50 GFLOP/s a core and 20 GB/s are middling figures."""
    memory = memory or os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    tflops = 0.05 * (cores or os.cpu_count() or 1)
    return Devices("cpu", memory, tflops, tflops, 2e10)


def here(processes: int = 1, sharded: bool = False) -> Devices:
    """What this machine trains on: its GPUs, as many as there are processes, or its processor."""
    import torch

    if not torch.cuda.is_available():
        found = cpu()
        return replace(found, memory=found.memory / processes, count=processes, sharded=sharded)
    name = torch.cuda.get_device_name(0).lower()
    known = next((gpu for key, gpu in GPUS.items() if key in name), replace(UNKNOWN, name=name))
    memory = torch.cuda.get_device_properties(0).total_memory
    return replace(known, memory=memory, count=processes, sharded=sharded)
