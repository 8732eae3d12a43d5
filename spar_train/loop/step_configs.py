"""The values of the steps' commands: configs that the loop fills, and that `--set STEP.OPTION=VALUE` changes."""

from __future__ import annotations

import dataclasses
import typing
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from spar_data.core.config import arguments, flag_of, override, structure
from spar_data.core.errors import SparError, nearest
from spar_data.models import Limits
from spar_data.selfplay.gold.config import GoldConfig
from spar_data.selfplay.play_config import PlayConfig
from spar_eval.benchmarks.llmbar.config import LlmbarConfig
from spar_eval.benchmarks.refinement.config import RefinementConfig
from spar_eval.instructions.config import InstructionConfig
from spar_train.config import DPO, RFT, SFT, TrainingConfig

TRAININGS = {"dpo": DPO, "sft": SFT, "rft": RFT}
"""The trainings, with their default values."""
_CONFIGS: dict[str, tuple[type, ...]] = {
    "selfplay": (PlayConfig, Limits),
    "pairs": (Limits,),
    "gold": (GoldConfig, Limits),
    **dict.fromkeys(TRAININGS, (TrainingConfig,)),
    **dict.fromkeys(("ifeval", "verifiable"), (InstructionConfig, Limits)),
    "llmbar": (LlmbarConfig, Limits),
    "refinement": (RefinementConfig, Limits),
}
_STEPS = (*_CONFIGS, "train")
_RESERVED = ("out", "store", "actor", "model", "refiner", "recipe", "seed", "json", "dry-run", "release", "no-search")
_TRAINING_ROWS = ("limit", "held-out", "eval")  # options of trainings that no config holds
_HARMLESS = {field.name.replace("_", "-") for field in dataclasses.fields(Limits)} | {"workers"}


@dataclass(frozen=True)
class StepConfigs:
    """configs: the config of a command, and the limits of its calls. base: its default values. more: words of other options."""

    configs: tuple[object, ...] = ()
    base: TrainingConfig | None = None
    more: tuple[str, ...] = ()

    def words(self) -> list[str]:
        """The options of a command line that give the values of the configs."""
        return [word for config in self.configs for word in arguments(typing.cast(TrainingConfig, config), self.base)]


def step_configs(overrides: Sequence[str], kind: str, values: Mapping[str, object]) -> StepConfigs:
    """The configs of a step. values: fields that the loop sets. Raises SparError for a value that a config refuses.

    An option that may repeat keeps all values. Options that belong to no config are passed on.
    """
    kinds, base = _CONFIGS[kind], TRAININGS.get(kind)
    data: dict[type, dict[str, object]] = {config: {} for config in kinds}
    data[kinds[0]] |= {**(dataclasses.asdict(base) if base else {}), **values}
    fields = {flag_of(field): (config, field) for config in kinds for field in dataclasses.fields(config)}
    more: list[str] = []
    for text in overrides:
        step, option, value = split_override(text)
        if step != kind and not (step == "train" and kind in TRAININGS):
            continue
        config, field = fields.get(f"--{option}", (None, None))
        if config is None or field is None:
            more += [f"--{option}"] if value == "true" else [] if value == "false" else [f"--{option}", value]
        elif isinstance(field.default, tuple):
            earlier = typing.cast("tuple[str, ...]", data[config].get(field.name, ()))
            data[config][field.name] = (*earlier, value)
        else:
            override(data[config], f"{field.name}={value}")
    return StepConfigs(tuple(structure(config, data[config], f"--set {kind}") for config in kinds), base, tuple(more))


def split_override(text: str) -> tuple[str, str, str]:
    """(step, option, value) of STEP.OPTION=VALUE; `train` stands for dpo, sft and rft. Raises SparError."""
    left, equals, value = text.partition("=")
    step, dot, option = left.partition(".")
    if not (equals and dot and option) or step not in _STEPS:
        raise SparError(
            f"--set {text}: STEP.OPTION=VALUE is expected, e.g. selfplay.samples=3; steps: {', '.join(_STEPS)}"
        )
    return step, option.replace("_", "-"), value


def check_override(text: str) -> None:
    """Raises SparError for an option that the loop sets itself, that a training lacks, or that would falsify the rows."""
    step, option, _ = split_override(text)
    if option in _RESERVED:
        raise SparError(f"--set {text}: the loop sets --{option} itself; other options of `{step}` are expected")
    if step in ("pairs", "gold") and option in ("max-tokens-total", "max-cost"):
        raise SparError(
            f"--set {text}: `spar-data {step}` would stop early with fewer rows, and the loop would train on it; "
            f"`spar-data {step} --dry-run` prints the number of calls"
        )
    known = [flag_of(field).removeprefix("--") for field in dataclasses.fields(TrainingConfig)]
    if step in (*TRAININGS, "train") and option not in (*known, *_TRAINING_ROWS):
        raise SparError(f"--set {text}: trainings have no option --{option}.{nearest(option, known)}")


def is_harmless(text: str) -> bool:
    """Whether an override cannot change the result of its step."""
    return split_override(text)[1] in _HARMLESS
