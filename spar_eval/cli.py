"""The command `spar-eval`."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import click

from spar_data import __version__
from spar_data.cli import entry
from spar_data.files import write_jsonl
from spar_eval.commands.doctor import doctor, fresh
from spar_eval.commands.ifeval import ifeval
from spar_eval.commands.llmbar import llmbar
from spar_eval.commands.refinement import refinement
from spar_eval.commands.selftest import selftest
from spar_eval.verifiable import Rate, score


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(__version__, prog_name="spar-eval")
def cli() -> None:
    """Score responses. For now: against the verifiable constraints of a released prompt set."""


@cli.command()
@click.argument("prompts", type=click.Path(path_type=Path))
@click.option(
    "--responses", required=True, type=click.Path(path_type=Path), help="JSON Lines with id or prompt, and response."
)
@click.option(
    "--verdicts", type=click.Path(path_type=Path), help="Write one JSON line per checked constraint, with the reason."
)
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
def verifiable(prompts: Path, responses: Path, verdicts: Path | None, as_json: bool) -> None:
    """Check responses to the PROMPTS (prompts.parquet of a release) with the checkers that the prompts carry.

    \b
    Example:
      spar-eval verifiable releases/spar-mini-1.0.0/data/prompts.parquet --responses answers.jsonl
    """
    result = score(prompts, responses)
    if verdicts:
        write_jsonl(verdicts, result.verdicts)
    if as_json:
        plain = {k: v for k, v in dataclasses.asdict(result).items() if k != "verdicts"}
        click.echo(json.dumps(plain))
        return
    click.echo(f"prompts      {_rate(result.prompts)}")
    click.echo(f"constraints  {_rate(result.constraints)}")
    for kind, rate in result.by_type.items():
        click.echo(f"  {kind:<26} {_rate(rate)}")
    if result.missing:
        click.echo(f"{result.missing:,} prompts have no response; they count as failed")
    click.echo(result.signature)


def _rate(rate: Rate) -> str:
    low, high = rate.interval
    return f"{100 * rate.value:6.2f}  [{100 * low:.2f}, {100 * high:.2f}]  {rate.passed:,} of {rate.n:,}"


for command in (ifeval, doctor, fresh, selftest, llmbar, refinement):
    cli.add_command(command)

main = entry(cli)
