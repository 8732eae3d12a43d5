"""`spar-train config`: configuration files for accelerate, TRL and LLaMA-Factory."""

from __future__ import annotations

from pathlib import Path

import click

FILES = {path.stem: path for path in sorted((Path(__file__).parent.parent / "configs").rglob("*.yaml"))}


@click.command()
@click.argument("name", type=click.Choice(list(FILES)))
def config(name: str) -> None:
    """Print the path of a configuration file: fsdp and zero3 for accelerate, the others for training with other trainers.

    \b
    Examples:
      accelerate launch --config_file $(spar-train config fsdp) --num_processes 4 -m spar_train.cli.main dpo ...
      cp $(spar-train config zero3) mine.yaml
      trl dpo --config $(spar-train config trl_dpo) --model_name_or_path models/actor
      cp $(spar-train config llama_factory_dpo) dpo.yaml
    """
    click.echo(str(FILES[name]))
