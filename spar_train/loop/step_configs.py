"""The values of the steps' commands: configs that the loop fills, and that `--set STEP.OPTION=VALUE` changes."""

from __future__ import annotations

import dataclasses
import typing
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from spar_data.core.config import Config, arguments, flag_of, override, setting, structure
from spar_data.core.errors import SparError, nearest
from spar_data.models import Limits
from spar_data.selfplay.gold.config import GoldConfig
from spar_data.selfplay.pairs.trainer_formats import FORMATS
from spar_data.selfplay.play_config import PlayConfig
from spar_eval.benchmarks.llmbar.config import LlmbarConfig
from spar_eval.benchmarks.refinement.config import RefinementConfig
from spar_eval.instructions.config import InstructionConfig
from spar_train.config import DPO, RFT, SFT, TrainingConfig

TRAININGS = {"dpo": DPO, "sft": SFT, "rft": RFT}
"""The trainings, with their default values."""


@dataclass(frozen=True)
class OtherOptions(Config):
    """Options of commands that no config of a stage holds.

    `STEPS` says which of them `--set` may change in which command.
    """

    recipe: tuple[str, ...] = ()
    model: str = ""
    judge: tuple[str, ...] = ()
    prompts: str = ""
    data: str = ""
    set: tuple[str, ...] = ()
    add: tuple[str, ...] = ()
    previous: str = ""
    format: tuple[str, ...] = setting((), "", choices=tuple(FORMATS))
    limit: int | None = setting(None, "", at_least=1)
    held_out: int = setting(0, "", at_least=0)
    eval: str = ""
    start: str = setting("previous", "", choices=("previous", "base"))
    base: str = ""
    responses: str = ""
    guide: str = ""


class StepOptions(NamedTuple):
    """The options of a step's command: fields of configs without those in `absent`, and `others` of OtherOptions."""

    configs: tuple[type, ...]
    others: str
    absent: str = ""


STEPS = {
    "selfplay": StepOptions((PlayConfig, Limits), "limit"),
    "pairs": StepOptions((Limits,), "set format add previous judge"),
    "gold": StepOptions((GoldConfig, Limits), "limit"),
    "dpo": StepOptions((TrainingConfig,), "limit held_out eval", absent="train_critique"),
    "sft": StepOptions((TrainingConfig,), "limit held_out eval", absent="beta nll_weight"),
    "rft": StepOptions((TrainingConfig,), "limit held_out eval start base", absent="beta nll_weight"),
    "ifeval": StepOptions((InstructionConfig, Limits), "limit data responses"),
    "verifiable": StepOptions((InstructionConfig, Limits), "limit responses", absent="checker fixes"),
    "llmbar": StepOptions((LlmbarConfig, Limits), "limit data judge"),
    "refinement": StepOptions((RefinementConfig, Limits), "limit data judge prompts guide"),
}
RESERVED = ("out", "store", "actor", "model", "refiner", "recipe", "seed", "json", "dry-run", "release", "no-search")
"""Options that the loop sets itself."""
_HARMLESS = {field.name.replace("_", "-") for field in dataclasses.fields(Limits)} | {"workers"}


@dataclass(frozen=True)
class StepConfigs:
    """The values of a command. base: the defaults of a training."""

    configs: tuple[object, ...] = ()
    base: TrainingConfig | None = None

    def words(self) -> list[str]:
        """The options of a command line that give the values of the configs."""
        return [
            word
            for config in typing.cast("tuple[TrainingConfig, ...]", self.configs)
            for word in arguments(config, self.base if isinstance(config, TrainingConfig) else None)
        ]


def step_options(kind: str) -> dict[str, tuple[type, dataclasses.Field[Any]]]:
    """The options of a step's command that `--set` may change, with the config and the field of each."""
    step = STEPS[kind]
    return {
        flag_of(field).removeprefix("--"): (config, field)
        for config in (*step.configs, OtherOptions)
        for field in dataclasses.fields(config)
        if (field.name in step.others.split() if config is OtherOptions else field.name not in step.absent.split())
    }


def step_configs(overrides: Sequence[str], kind: str, values: Mapping[str, object]) -> StepConfigs:
    """The configs of a step. values: fields of any of them that the loop sets. An option that may repeat keeps all values.

    Raises SparError for an option that the command lacks, and for a value that a config refuses.
    """
    base, options = TRAININGS.get(kind), step_options(kind)
    data: dict[type, dict[str, object]] = {config: {} for config in (OtherOptions, *STEPS[kind].configs)}
    fields = {field.name: config for config in data for field in dataclasses.fields(config)}
    for name, value in ((dataclasses.asdict(base) if base else {}) | dict(values)).items():
        data[fields[name]][name] = value
    for text in overrides:
        name, option, value = split_override(text)
        if name != kind and not (name == "train" and base):
            continue
        if option not in options:
            raise SparError(f"--set {text}: `{kind}` has no option --{option}.{nearest(option, options)}")
        config, field = options[option]
        if isinstance(field.default, tuple):
            earlier = typing.cast("str | tuple[str, ...]", data[config].get(field.name, ()))
            data[config][field.name] = (*((earlier,) if isinstance(earlier, str) else earlier), value)
        else:
            override(data[config], f"{field.name}={value}")
    return StepConfigs(tuple(structure(config, data[config], f"--set {kind}") for config in data), base)


def split_override(text: str) -> tuple[str, str, str]:
    """(step, option, value) of STEP.OPTION=VALUE; `train` stands for dpo, sft and rft. Raises SparError."""
    left, equals, value = text.partition("=")
    step, dot, option = left.partition(".")
    if not (equals and dot and option) or step not in (*STEPS, "train"):
        raise SparError(
            f"--set {text}: STEP.OPTION=VALUE is expected, e.g. selfplay.samples=3; steps: {', '.join((*STEPS, 'train'))}"
        )
    return step, option.replace("_", "-"), value


def check_override(text: str) -> None:
    """Raises SparError for an option that the loop sets itself, or that would falsify the rows."""
    step, option, _ = split_override(text)
    if option in RESERVED:
        raise SparError(f"--set {text}: the loop sets --{option} itself; other options of `{step}` are expected")
    if step in ("pairs", "gold") and option in ("max-tokens-total", "max-cost"):
        raise SparError(
            f"--set {text}: `spar-data {step}` would stop early with fewer rows, and the loop would train on it; "
            f"`spar-data {step} --dry-run` prints the number of calls"
        )


def is_harmless(text: str) -> bool:
    """Whether an override cannot change the result of its step."""
    return split_override(text)[1] in _HARMLESS
