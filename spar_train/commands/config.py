"""`spar-train config`: the configurations for accelerate that come with the suite."""

from __future__ import annotations

from pathlib import Path

import click

FOLDER = Path(__file__).parent.parent / "configs"


@click.command()
@click.argument("name", type=click.Choice(sorted(path.stem for path in FOLDER.glob("*.yaml"))))
def config(name: str) -> None:
    """Print where the accelerate configuration NAME lies.

    \b
    Examples:
      accelerate launch --config_file $(spar-train config fsdp) --num_processes 4 -m spar_train.cli dpo ...
      cp $(spar-train config zero3) mine.yaml
    """
    click.echo(str(FOLDER / f"{name}.yaml"))
