"""The plan of a training: memory, time, and what to change if it does not fit."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

from spar_data.core.config import Config, required, setting, structure
from spar_data.core.errors import SparError
from spar_data.core.files import JsonValue
from spar_data.core.templates import render
from spar_train.config import DPO, SFT, TrainingConfig
from spar_train.planning.devices import GIB, GPUS, UNKNOWN_GPU, Devices, cpu
from spar_train.planning.memory_plan import UTILISATION, MemoryPlan, Workload, plan_memory
from spar_train.planning.sampling_plan import SamplingPlan, plan_sampling
from spar_train.planning.shape import Shape, shape_of_model
from spar_train.planning.smallest_change import PlanChange, smallest_change
from spar_train.planning.text import format_bytes, format_duration


@dataclass(frozen=True)
class PlanConfig(Config):
    """The rows and the devices that a training is planned for."""

    model: str = required("Folder, hf:PATH, model of the Hub, or one of the sizes listed above.", metavar="SPEC")
    stage: str = required("Kind of training; rft counts as sft.", choices=("sft", "dpo"))
    rows: int = setting(10_000, "Number of dialogues or pairs.", at_least=1, metavar="N")
    mean_tokens: int = setting(
        600, "Mean length of a sequence, prompt and response; a pair has two.", at_least=2, metavar="T"
    )
    longest: int | None = setting(
        None, "Length of the longest sequence.", at_least=2, metavar="T", shown="--max-length"
    )
    gpu: str | None = setting(None, "Known device; cpu is this machine's processor.", choices=(*GPUS, "cpu"))
    gpu_memory: float | None = setting(None, "Memory of an unknown GPU, or another memory.", above=0, metavar="GIB")
    gpus: int = setting(1, "Number of GPUs.", at_least=1, metavar="N")
    sharded: bool = setting(False, "Divide weights and optimizer states among the GPUs (ZeRO-3, FSDP).")
    utilisation: float = setting(
        UTILISATION, "Share of the peak FLOPs that is reached.", above=0, at_most=1, metavar="SHARE"
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.gpu is None and self.gpu_memory is None:
            raise SparError("the device to fit into is missing: --gpu NAME, --gpu-memory GIB or --gpu cpu is expected")
        if self.sharded and self.gpus == 1:
            raise SparError("--sharded divides among several GPUs: --gpus N is expected")

    @property
    def devices(self) -> Devices:
        device = cpu() if self.gpu == "cpu" else GPUS[self.gpu] if self.gpu else UNKNOWN_GPU
        memory = self.gpu_memory * GIB if self.gpu_memory else device.memory
        return dataclasses.replace(device, memory=memory, count=self.gpus, sharded=self.sharded)


@dataclass(frozen=True, repr=False)
class TrainingPlan:
    """Memory and time of a training, of sampling from the model, and the smallest change if it does not fit.

    Printing it shows all of this as text.
    """

    memory: MemoryPlan
    sampling: SamplingPlan
    length: int
    change: PlanChange | None = None

    @property
    def fits(self) -> bool:
        return self.memory.fits

    def __repr__(self) -> str:
        width, speed = (
            max(len(part.name) for part in self.memory.parts),
            self.memory.tokens / max(self.memory.seconds, 1e-9),
        )
        functions = {"bytes": format_bytes, "duration": format_duration}
        return render("plan.txt.jinja", "spar_train", plan=self, width=width, speed=speed, **functions)

    def to_dict(self) -> dict[str, JsonValue]:
        """Plain values, as `spar-train plan --json` prints them."""
        return dataclasses.asdict(self.memory) | {
            "bytes": self.memory.bytes,
            "usable": self.memory.devices.usable,
            "fits": self.fits,
            "change": self.change and list(self.change.options),
            "sampling": dataclasses.asdict(self.sampling),
        }


def plan(model: str, stage: str, **values: object) -> TrainingPlan:
    """Plans a training: says how much memory and time it needs, before it starts.

    model: a folder, a model of the Hub, or a known size. stage: sft or dpo. values: fields of `PlanConfig` (rows,
    mean_tokens, longest, gpu, gpu_memory, gpus, sharded, utilisation) and of `TrainingConfig`, whose other values are the
    paper's. Raises SparError for an unknown model, device or value.

    >>> import spar_train
    >>> spar_train.plan("smollm2-135m", "sft", gpu="4090", rows=2000, mean_tokens=300)
    SFT of smollm2-135m: 134,515,008 parameters
    4090, 23.5 GiB; at most 16,384 tokens at once
    ...
      at the peak ... of 22.3 GiB usable: fits
    ...
    >>> large = spar_train.plan("llama-3-8b", "dpo", gpu="h100", gpus=8, sharded=True)
    >>> large.fits, large.change.options
    (False, ('--tokens-per-batch 4096',))
    >>> spar_train.plan("llama-3-8b", "dpo", gpu="h100", gpus=8, sharded=True, tokens_per_batch=4096).fits
    True
    """
    base = DPO if stage == "dpo" else SFT
    names = {field.name for field in dataclasses.fields(TrainingConfig)}
    changes = {name: value for name, value in values.items() if name in names}
    others = {name: value for name, value in values.items() if name not in names}
    config = structure(PlanConfig, {"model": model, "stage": stage, **others}, "plan")
    return plan_training(config, structure(TrainingConfig, {**dataclasses.asdict(base), **changes}, "plan"))


def plan_training(config: PlanConfig, training: TrainingConfig) -> TrainingPlan:
    """The plan for two configs. Raises SparError as `plan` does."""
    if config.longest and config.longest > training.max_length:
        raise SparError(
            f"--longest {config.longest}: rows longer than --max-length {training.max_length} are set aside"
        )
    work = Workload(config.stage, config.rows, config.mean_tokens, longest=config.longest or 0)
    shape = shape_of_model(config.model)
    return plan_workload(config.model, shape, training, config.devices, work, config.utilisation)


def plan_workload(
    model: str, shape: Shape, training: TrainingConfig, devices: Devices, work: Workload, utilisation: float = UTILISATION
) -> TrainingPlan:  # fmt: skip
    """The plan for a model on devices. model: its name, for the text."""
    memory = plan_memory(shape, training, devices, work, model, utilisation)
    change = None if memory.fits else smallest_change(shape, training, devices, work, memory)
    return TrainingPlan(memory, plan_sampling(shape, devices, training.max_length), training.max_length, change)
