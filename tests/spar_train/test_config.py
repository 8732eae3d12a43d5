"""The published values, printed as TOML; values outside their limits are refused."""

from __future__ import annotations

import dataclasses
import tomllib
from typing import Any

import pytest
from click.testing import CliRunner

from spar_data.core.errors import SparError
from spar_train.cli.main import cli
from spar_train.config import DPO, DPO_WEIGHTS, RFT, SFT


def test_settings_are_those_of_the_paper() -> None:
    dpo = tomllib.loads(CliRunner().invoke(cli, ["settings", "dpo"]).output)
    sft = tomllib.loads(CliRunner().invoke(cli, ["settings", "sft"]).output)
    assert (dpo["learning_rate"], dpo["beta"], dpo["nll_weight"], dpo["epochs"]) == (2e-7, 0.1, 0.1, 1)
    assert (sft["learning_rate"], sft["epochs"], sft["max_length"]) == (2e-6, 5, 4096)
    # 2 rows a device x 2 or 4 accumulations x 8 devices
    assert (dpo["batch_size"], sft["batch_size"], dpo["max_length"]) == (2 * 2 * 8, 2 * 4 * 8, 2048)
    assert (dpo["schedule"], sft["schedule"]) == ("linear", "constant_with_warmup")
    assert dpo["warmup_ratio"] == sft["warmup_ratio"] == 0.1
    assert RFT == SFT and not SFT.train_critique


def test_recipes_weigh_their_losses_as_published() -> None:
    assert DPO_WEIGHTS["spar"] == DPO_WEIGHTS["direct"] == (DPO.beta, DPO.nll_weight)
    assert DPO_WEIGHTS["iterative-rpo"] == (0.1, 1.0)
    assert {DPO_WEIGHTS[name].nll_weight for name in ("self-rewarding", "meta-rewarding", "spin")} == {0.0}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("schedule", "linaer"),
        ("precision", "fp16"),
        ("attention", "flash"),
        ("learning_rate", 0.0),
        ("learning_rate", float("nan")),
        ("epochs", -1.0),
        ("batch_size", 0),
        ("warmup_ratio", 1.5),
        ("nll_weight", -0.1),
        ("keep", 0),
    ],
)
def test_values_outside_their_limits_are_refused(name: str, value: Any) -> None:
    with pytest.raises(SparError, match=name):
        dataclasses.replace(DPO, **{name: value})
