"""`--set STEP.OPTION=VALUE`: values reach the configs of the steps, faulty texts are named."""

from __future__ import annotations

import dataclasses

import pytest
from loop_commands import SPAR

from spar_data.cli.main import cli as data_cli
from spar_data.core.errors import SparError
from spar_data.models import Limits
from spar_data.selfplay.play_config import PlayConfig
from spar_eval.cli.main import cli as eval_cli
from spar_train.cli.main import cli as train_cli
from spar_train.config import DPO
from spar_train.loop.step_configs import (
    RESERVED,
    STEPS,
    OtherOptions,
    check_override,
    is_harmless,
    step_configs,
    step_options,
)
from spar_train.loop.steps import PROGRAMS, loop_steps


@pytest.mark.parametrize("text", ["samples=3", "selfplay.samples", "play.samples=3", "selfplay.=3"])
def test_faulty_overrides_are_refused(text: str) -> None:
    with pytest.raises(SparError, match=r"STEP\.OPTION=VALUE is expected"):
        loop_steps(dataclasses.replace(SPAR, overrides=(text,)))


def test_values_of_the_loop_and_of_the_user() -> None:
    values = {"actor": "hf:m", "refiner": ("rules",), "samples": 4}
    overrides = ("selfplay.samples=3", "selfplay.top_p=1", "selfplay.rpm=60", "selfplay.limit=9", "ifeval.samples=7")
    configs = step_configs(overrides, "selfplay", values)
    others, play, limits = configs.configs
    assert isinstance(play, PlayConfig) and (play.samples, play.top_p, play.actor) == (3, 1.0, "hf:m")
    assert limits == Limits(rpm=60) and others == OtherOptions(limit=9)
    words = "--limit 9 --actor hf:m --refiner rules --samples 3 --top-p 1.0 --rpm 60"
    assert configs.words() == words.split()


def test_options_that_repeat_keep_all_values() -> None:
    fixed = step_configs(("ifeval.fix=comma", "ifeval.fix=json"), "ifeval", {})
    assert fixed.words() == ["--fix", "comma", "--fix", "json"]
    settings = step_configs(("pairs.set=a.b=1", "pairs.set=a.c=2"), "pairs", {})
    assert settings.words() == ["--set", "a.b=1", "--set", "a.c=2"]
    judges = step_configs(("refinement.judge=hf:n",), "refinement", {"judge": "hf:m"})
    assert judges.words() == ["--judge", "hf:m", "--judge", "hf:n"]


def test_trainings_print_what_differs_from_the_paper() -> None:
    configs = step_configs(("train.epochs=1", "train.lora=8", "sft.lora=4"), "dpo", {"seed": 42})
    assert configs.words() == ["--lora", "8"]
    assert step_configs((), "dpo", {}).configs == (OtherOptions(), DPO)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("dpo.out=x", "the loop sets --out itself"),
        ("gold.max-tokens-total=9", "would train on it"),
    ],
)
def test_options_that_are_refused(text: str, why: str) -> None:
    with pytest.raises(SparError, match=why):
        check_override(text)
    check_override("train.eval=rows.jsonl")
    with pytest.raises(SparError, match=r"no option --epoch\. Did you mean 'epochs'"):
        step_configs(("train.epoch=1",), "dpo", {})


@pytest.mark.parametrize("kind", STEPS)
def test_a_step_has_the_options_of_its_command(kind: str) -> None:
    command = {"spar-data": data_cli, "spar-eval": eval_cli, "spar-train": train_cli}[PROGRAMS[kind]].commands[kind]
    of_command = {text.removeprefix("--") for option in command.params for text in option.opts if text[:2] == "--"}
    assert of_command == {*step_options(kind), *(of_command & set(RESERVED))}


def test_limits_of_calls_do_not_change_a_result() -> None:
    assert is_harmless("selfplay.max-tokens-total=9") and is_harmless("ifeval.workers=2")
    assert not is_harmless("selfplay.max-tokens=9")
