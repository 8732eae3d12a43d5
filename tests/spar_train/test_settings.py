"""The published settings are printed as TOML that parses."""

from __future__ import annotations

import tomllib

from click.testing import CliRunner

from spar_train.cli import cli


def test_settings_are_those_of_the_paper() -> None:
    dpo = tomllib.loads(CliRunner().invoke(cli, ["settings", "dpo"]).output)
    sft = tomllib.loads(CliRunner().invoke(cli, ["settings", "sft"]).output)
    assert (dpo["learning_rate"], dpo["beta"], dpo["nll_weight"], dpo["epochs"]) == (2e-7, 0.1, 0.1, 1)
    assert (sft["learning_rate"], sft["epochs"], sft["max_length"]) == (2e-6, 5, 4096)
