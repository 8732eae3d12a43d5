"""Limits are checked where they are made, and are options of every command that asks a model."""

from __future__ import annotations

import click
import pytest
from click.testing import CliRunner

from spar_data.cli.options import limit_options
from spar_data.core.errors import SparError
from spar_data.models import Limits


@pytest.mark.parametrize("wrong", [{"rpm": -1}, {"deadline": 0}, {"attempts": 0}, {"max_cost": -0.1}])
def test_wrong_limits(wrong: dict[str, float]) -> None:
    with pytest.raises(SparError, match=next(iter(wrong))):
        Limits(**wrong)  # type: ignore[arg-type]


def test_limits_are_options() -> None:
    @click.command()
    @limit_options
    def show(limits: Limits) -> None:
        click.echo(repr(limits))

    arguments = ["--rpm", "60", "--deadline", "2.5", "--max-cost", "0.5", "--max-tokens-total", "10", "--batch"]
    expected = Limits(rpm=60, deadline=2.5, max_cost=0.5, max_tokens_total=10, batch=True)
    assert CliRunner().invoke(show, arguments).output.strip() == repr(expected)
    assert CliRunner().invoke(show, ["--deadline", "0"]).exit_code == 2
    assert "[default: 64 a server]" in CliRunner().invoke(show, ["--help"]).output
