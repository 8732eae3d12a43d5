"""The command `spar-data`. Commands parse options, call one function and print its result."""

from __future__ import annotations

import click

from spar_data import __version__
from spar_data.cli.dataset import dataset, publish, recipes, seeds
from spar_data.cli.exit_codes import entry
from spar_data.cli.gold import gold
from spar_data.cli.inspect import diversity, funnel, taxonomy, why
from spar_data.cli.models import COMMANDS
from spar_data.cli.pairs import pairs
from spar_data.cli.selfplay import selfplay
from spar_data.cli.sft import sft
from spar_data.cli.study import study
from spar_data.cli.tree import tree


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(__version__, prog_name="spar-data")
def cli() -> None:
    """From raw conversations to released prompt sets."""


for command in (
    *(dataset, seeds, funnel, why, taxonomy, diversity, recipes, publish),
    *COMMANDS,
    *(sft, selfplay, tree, pairs, gold, study),
):
    cli.add_command(command)

main = entry(cli)


if __name__ == "__main__":
    main()
