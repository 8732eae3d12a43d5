"""Commands that build prompt sets: `dataset`, `seeds`, `recipes`, `publish`."""

from __future__ import annotations

import functools
import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from spar_data.cli.options import FILE, json_option, limit_options, recipe_options
from spar_data.cli.tables import print_funnel

if TYPE_CHECKING:
    from spar_data.models import Limits, Tally
    from spar_data.prompts.build import CostEstimate
    from spar_data.prompts.recipe import Recipe
    from spar_data.release.load import Release

_say = functools.partial(click.echo, err=True)


@click.command()
@recipe_options(teacher=True)
@click.option(
    "--out", type=FILE, default=Path("releases"), show_default=True, help="Folder that gets the release folder."
)
@click.option(
    "--benchmarks", multiple=True, metavar="PATH", help="Benchmark files or folders to decontaminate against."
)
@click.option("--dry-run", is_flag=True, help="Run the filters, then print calls, tokens and money; make no call.")
@limit_options
@json_option
def dataset(
    recipe: Recipe, runs: Path, out: Path, benchmarks: tuple[str, ...], dry_run: bool, limits: Limits, as_json: bool
) -> None:
    """Build a prompt set from a recipe: seeds, filters, constraints, release.

    \b
    Examples:
      spar-data dataset                                   the embedded seeds, constraints by code, offline
      spar-data dataset --source chats.jsonl.gz --limit 10000
      spar-data dataset --recipe spar-43k --dry-run       what the paper's set would cost
      spar-data dataset --teacher openai:my-model@http://localhost:8000/v1 --max-tokens-total 2000000
      spar-data dataset --teacher smollm2 --limit 40      a small model on this machine

    A run that was stopped continues where it was. Overrides make another dataset: its name gets a fingerprint.
    """
    from spar_data.cli.progress import meter
    from spar_data.prompts.build import build_dataset, build_seeds, estimate_cost
    from spar_data.prompts.ledger import funnel
    from spar_data.prompts.run_folder import RunFolder

    run = RunFolder(runs / recipe.folder_name, _say)
    if dry_run:
        with meter() as advance:
            build_seeds(recipe, run, advance)
        steps, estimate = funnel(run.folder), estimate_cost(recipe, run)
        if as_json:
            click.echo(json.dumps({"funnel": [step._asdict() for step in steps], "estimate": estimate._asdict()}))
        else:
            print_funnel(steps)
            _print_estimate(estimate, recipe.evolve.teacher)
        return
    tallies: list[Tally] = []
    with meter() as advance:
        show_calls = advance.calls("evolve")

        def report(tally: Tally) -> None:
            tallies[:] = [tally]
            show_calls(tally)

        release = build_dataset(
            recipe, benchmarks=benchmarks, runs=runs, out=out, limits=limits, advance=advance, report=report, say=_say
        )
    if as_json:
        facts = {name: release.manifest[name] for name in ("files", "funnel")}
        click.echo(json.dumps({"release": str(release.path), **facts, "calls": [tally.to_dict() for tally in tallies]}))
    else:
        print_funnel(funnel(run.folder))
        _print_release(release, run.folder, tallies)


@click.command()
@recipe_options()
def seeds(recipe: Recipe, runs: Path) -> None:
    """Run the filters only and stop at the seeds.

    \b
    Examples:
      spar-data seeds --source prompts.parquet --set self_bleu.threshold=0.5
      spar-data seeds --source "chats/*.jsonl.zst" --set self_bleu.max_kept=50000
    """
    from spar_data.cli.progress import meter
    from spar_data.prompts.build import build_seeds
    from spar_data.prompts.ledger import funnel
    from spar_data.prompts.run_folder import RunFolder

    run = RunFolder(runs / recipe.folder_name, _say)
    with meter() as advance:
        facts = build_seeds(recipe, run, advance)
    print_funnel(funnel(run.folder))
    click.echo(f"{facts['seeds']:,} seeds in {run.path('seeds.parquet')}\n{facts['signature']}")


@click.command()
@click.argument("name", default="")
def recipes(name: str) -> None:
    """List the shipped recipes, or print one (NAME or path) with every default filled in.

    \b
    Examples:
      spar-data recipes
      spar-data recipes spar-43k
    """
    from spar_data.prompts.recipe import load_recipe, shipped_recipes

    if not name:
        click.echo("\n".join(shipped_recipes()))
        return
    values = load_recipe(name).to_dict()
    sections = {key: value for key, value in values.items() if isinstance(value, dict)}
    _print_toml({key: value for key, value in values.items() if key not in sections})
    for key, section in sections.items():
        click.echo(f"\n[{key}]")
        _print_toml(section)


@click.command()
@click.argument("release", type=FILE)
@click.option("--repository", default="", metavar="OWNER/NAME", help="Default: release.repository of the recipe.")
@click.option("--private", is_flag=True, help="Create the repository as a private one.")
@click.option("--dry-run", is_flag=True, help="List the files, send nothing.")
def publish(release: Path, repository: str, private: bool, dry_run: bool) -> None:
    """Push a RELEASE folder to the Hugging Face Hub.

    \b
    Example:
      spar-data publish releases/spar-mini-1.0.0 --repository me/spar-mini --dry-run
    """
    from spar_data.release.publish import plan_upload, upload_release

    upload = plan_upload(release, repository)
    click.echo(f"to https://huggingface.co/datasets/{upload.repository}")
    for name, size in upload.files:
        click.echo(f"{size:>12,} bytes  {name}")
    if not dry_run:
        click.echo(upload_release(release, upload.repository, private))


def _print_toml(values: dict[str, object]) -> None:
    for key, value in values.items():
        if value is not None:
            click.echo(f"{key} = {json.dumps(value, ensure_ascii=False)}")


def _print_estimate(estimate: CostEstimate, teacher: str) -> None:
    if teacher == "rules":
        click.echo(
            f"\n{estimate.seeds:,} seeds to evolve by rules: no calls, no tokens, no money. Nothing was released."
        )
        return
    money = "no price known for this model" if estimate.usd is None else f"about {estimate.usd:,.2f} USD at list price"
    click.echo(
        f"\n{estimate.seeds:,} seeds to evolve by {teacher}: {estimate.calls:,} calls to make, about "
        f"{estimate.prompt_tokens:,} tokens in and {estimate.completion_tokens:,} out, {money}. No call was made."
    )


def _print_release(release: Release, run: Path, tallies: list[Tally]) -> None:
    """What a build leaves behind."""
    from spar_data.models.summary import closing

    balance, decontamination = release.manifest["balance"], release.manifest["decontamination"]
    click.echo("")
    for name, file in release.manifest["files"].items():
        click.echo(f"{file['rows']:>9,} rows  {release.path / name}")
    if balance["constraints"]:
        verifiable = balance["verifiable"]
        click.echo(
            f"{balance['constraints']:>9,} constraints, {verifiable['whole']:,} verifiable by code, "
            f"{verifiable['part']:,} in part"
        )
    if decontamination["benchmarks"]:
        names = ", ".join(benchmark["name"] for benchmark in decontamination["benchmarks"])
        click.echo(f"{len(decontamination['matches']):>9,} prompts dropped for matching {names}")
    else:
        click.echo(
            "Not decontaminated: no benchmark files found. --benchmarks PATH names them (see docs/decontamination.md)."
        )
    click.echo(release.manifest["signature"])
    click.echo(f"Card: {release.path / 'README.md'}   Funnel: spar-data funnel {run}")
    for tally in tallies:
        click.echo(closing(tally))
