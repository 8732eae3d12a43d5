"""The command `spar-train`."""

from __future__ import annotations

import dataclasses
import json

import click

from spar_data import __version__
from spar_data.cli.exit_codes import entry
from spar_train.cli.config import config
from spar_train.cli.loop import loop
from spar_train.cli.plan import plan
from spar_train.cli.report import report
from spar_train.cli.status import status
from spar_train.cli.trainings import dpo, rft, sft
from spar_train.config import DPO, SFT


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(__version__, prog_name="spar-train")
def cli() -> None:
    """Train models by SFT, DPO and RFT, on a CPU, one GPU or many, and run the loop of self-play, training and evaluation."""


@cli.command()
@click.argument("stage", type=click.Choice(["sft", "dpo"]))
def settings(stage: str) -> None:
    """Print the paper's values for a STAGE as TOML.

    \b
    Example:
      spar-train settings dpo
    """
    for key, value in dataclasses.asdict(SFT if stage == "sft" else DPO).items():
        click.echo(f"{key} = {json.dumps(value)}")


for command in (loop, status, report, sft, dpo, rft, plan, config):
    cli.add_command(command)

main = entry(cli)

if __name__ == "__main__":  # accelerate launch -m spar_train.cli.main
    main()
