"""The command `spar-data`. Thin: every command calls one function and shows what it returns."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from spar_data import __version__
from spar_data.cli import models as model_commands
from spar_data.cli import tables as show
from spar_data.cli.exit_codes import entry
from spar_data.cli.gold import gold
from spar_data.cli.options import limit_options
from spar_data.cli.pairs import pairs
from spar_data.cli.selfplay import selfplay
from spar_data.cli.sft import sft
from spar_data.cli.study import study
from spar_data.cli.tree import tree
from spar_data.core.errors import SparError

if TYPE_CHECKING:
    from spar_data.models import Limits, Tally


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(__version__, prog_name="spar-data")
def cli() -> None:
    """From raw conversations to released prompt sets."""


def _recipe_options(command: Callable[..., None]) -> Callable[..., None]:
    for option in reversed(
        (
            click.option(
                "--recipe", default="mini", show_default=True, help="A shipped recipe or the path of a .toml file."
            ),
            click.option(
                "--set",
                "overrides",
                multiple=True,
                metavar="KEY=VALUE",
                help="Override a key, e.g. self_bleu.threshold=0.7.",
            ),
            click.option(
                "--source",
                "sources",
                multiple=True,
                metavar="PATH",
                help="Read these files or folders instead of the recipe's source.",
            ),
            click.option("--limit", type=click.IntRange(min=1), help="Read only the first N source rows."),
            click.option(
                "--runs",
                type=click.Path(path_type=Path),
                default=Path("runs"),
                show_default=True,
                help="Where run folders are kept.",
            ),
        )
    ):
        command = option(command)
    return command


def _load(
    recipe: str, overrides: tuple[str, ...], sources: tuple[str, ...], limit: int | None, teacher: str = ""
) -> Any:
    from spar_data.prompts import recipe as recipes

    more = list(overrides)
    if sources:
        more += [f"source.paths={json.dumps([str(s) for s in sources])}", 'source.dataset=""']
    if limit:
        more.append(f"source.limit={limit}")
    if teacher:
        more.append(f"evolve.teacher={json.dumps(teacher)}")
    return recipes.load_recipe(recipe, more)


@cli.command()
@_recipe_options
@click.option("--teacher", default="", metavar="SPEC", help="rules, or a model: `spar-data models` lists the kinds.")
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    default=Path("releases"),
    show_default=True,
    help="Where the release folder goes.",
)
@click.option(
    "--benchmarks", multiple=True, metavar="PATH", help="Benchmark files or folders to decontaminate against."
)
@click.option(
    "--dry-run", is_flag=True, help="Do everything up to the first model call, then print calls, tokens and money."
)
@limit_options
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
def dataset(
    recipe: str, overrides: tuple[str, ...], sources: tuple[str, ...], limit: int | None, runs: Path, teacher: str,
    out: Path, benchmarks: tuple[str, ...], dry_run: bool, limits: Limits, as_json: bool,
) -> None:  # fmt: skip
    """Build a prompt set from a recipe: seeds, filters, constraints, release.

    \b
    Examples:
      spar-data dataset                                   the embedded seeds, constraints by code, offline
      spar-data dataset --source chats.jsonl.gz --limit 10000
      spar-data dataset --recipe spar-43k --dry-run       what the paper's set would cost
      spar-data dataset --teacher openai:my-model@http://localhost:8000/v1 --max-tokens-total 2000000
      spar-data dataset --teacher smollm2 --limit 40      a small model on this machine

    A run that was stopped goes on where it was. Overrides make another dataset: its name gets a fingerprint.
    """
    from spar_data.cli.progress import meter
    from spar_data.models.summary import closing
    from spar_data.prompts import build as chain
    from spar_data.prompts.ledger import funnel as steps
    from spar_data.prompts.run_folder import RunFolder

    chosen = _load(recipe, overrides, sources, limit, teacher)
    run = RunFolder(runs / f"{chosen.name}-{chosen.version}", say=lambda line: click.echo(line, err=True))
    asked: list[Tally] = []
    with meter() as advance:
        if dry_run:
            chain.build_seeds(chosen, run, advance)
            folder = None
        else:
            show_calls = advance.calls("evolve")

            def report(tally: Tally) -> None:
                asked[:] = [tally]
                show_calls(tally)

            folder = chain.build(chosen, run, out, advance, benchmarks, limits, report)
    funnel = steps(run.folder)
    if dry_run:
        estimate = chain.estimate_cost(chosen, run)
        if as_json:
            click.echo(json.dumps({"funnel": [s._asdict() for s in funnel], "estimate": estimate._asdict()}))
        else:
            show.funnel(funnel)
            show.estimate(estimate, chosen.evolve.teacher)
        return
    assert folder is not None
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    if as_json:
        calls = [tally.to_dict() for tally in asked]
        click.echo(
            json.dumps(
                {"release": str(folder), "files": manifest["files"], "funnel": manifest["funnel"], "calls": calls}
            )
        )
    else:
        show.funnel(funnel)
        show.release(folder, manifest, run.folder)
        for tally in asked:
            click.echo(closing(tally))


@cli.command()
@_recipe_options
def seeds(recipe: str, overrides: tuple[str, ...], sources: tuple[str, ...], limit: int | None, runs: Path) -> None:
    """Run the filters only and stop at the seeds.

    \b
    Examples:
      spar-data seeds --source prompts.parquet --set self_bleu.threshold=0.5
      spar-data seeds --source "chats/*.jsonl.zst" --set self_bleu.max_kept=50000
    """
    from spar_data.cli.progress import meter
    from spar_data.prompts import build as chain
    from spar_data.prompts.ledger import funnel as steps
    from spar_data.prompts.run_folder import RunFolder

    chosen = _load(recipe, overrides, sources, limit)
    run = RunFolder(runs / f"{chosen.name}-{chosen.version}", say=lambda line: click.echo(line, err=True))
    with meter() as advance:
        facts = chain.build_seeds(chosen, run, advance)
    show.funnel(steps(run.folder))
    click.echo(f"{facts['seeds']:,} seeds in {run.path('seeds.parquet')}\n{facts['signature']}")


@cli.command()
@click.argument("run", type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print the counts as JSON.")
def funnel(run: Path, as_json: bool) -> None:
    """Show how many rows each stage of a RUN folder kept, dropped and failed, with reasons.

    \b
    Example:
      spar-data funnel runs/spar-mini-1.0.0
    """
    from spar_data.prompts.ledger import funnel as steps

    counted = steps(run)
    if as_json:
        click.echo(json.dumps([step._asdict() for step in counted]))
    else:
        show.funnel(counted, reasons=12)


@cli.command()
@click.argument("row_id")
@click.option(
    "--run", type=click.Path(path_type=Path), default=None, help="The run folder; default: every one under runs/."
)
def why(row_id: str, run: Path | None) -> None:
    """Tell what happened to a row, by the id of its seed or of its evolved prompt.

    \b
    Example:
      spar-data why 9f2c4b7710aa53de --run runs/spar-mini-1.0.0
    """
    from spar_data.prompts.row_history import explain

    runs = [run] if run else sorted(p.parent for p in Path("runs").glob("*/ledger"))
    if not runs:
        raise SparError("no run folder under runs/: give --run")
    found = [(folder, explain(folder, row_id)) for folder in runs]
    found = [(folder, lines) for folder, lines in found if lines]
    if not found:
        raise SparError(
            f"no row {row_id} in {', '.join(str(r) for r in runs)}: ids have 16 hex digits and stand in the parquet files"
        )
    for folder, lines in found:
        show.history(folder, lines)


@cli.command()
@click.option("--path", default="", help="A taxonomy folder of your own; default: the shipped one.")
@click.option("--leaf", default="", metavar="ID", help="Show one leaf with its phrasings, parameters and conflicts.")
@click.option("--language", default="en", show_default=True, help="Language of the phrasings.")
def taxonomy(path: str, leaf: str, language: str) -> None:
    """Show the taxonomy as a tree, with what a program can verify.

    \b
    Examples:
      spar-data taxonomy
      spar-data taxonomy --leaf content.keyword.include --language de
    """
    from spar_data.prompts.taxonomy import load

    show.taxonomy(load(path), leaf, language)


@cli.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--seed", default=42, show_default=True)
@click.option(
    "--sample", default=2000, show_default=True, help="Prompts that self-BLEU and distinct-n are measured on."
)
@click.option("--clusters", default=20, show_default=True)
@click.option("--json", "as_json", is_flag=True, help="Print the report as JSON.")
def diversity(file: Path, seed: int, sample: int, clusters: int, as_json: bool) -> None:
    """Report how diverse the prompts of a FILE (any source format) are: self-BLEU, distinct-n, lengths, topics.

    \b
    Examples:
      spar-data diversity releases/spar-mini-1.0.0/data/prompts.parquet
      spar-data diversity prompts.jsonl.gz --clusters 30 --json
    """
    import polars as pl

    from spar_data.prompts.diversity import report
    from spar_data.sources.prompts import SourceConfig, read_batches

    prompts = pl.concat([batch.rows["prompt"] for batch in read_batches(SourceConfig(paths=(str(file),)))])
    result = report(prompts, seed, sample, clusters)
    if as_json:
        click.echo(json.dumps(dataclasses.asdict(result), ensure_ascii=False))
    else:
        show.diversity(result)


@cli.command()
@click.argument("name", default="")
def recipes(name: str) -> None:
    """List the shipped recipes, or print one (NAME or path) with every default filled in.

    \b
    Examples:
      spar-data recipes
      spar-data recipes spar-43k
    """
    from spar_data.prompts import recipe

    if name:
        show.recipe(recipe.load_recipe(name))
    else:
        for each in recipe.shipped_recipes():
            click.echo(each)


@cli.command()
@click.argument("release", type=click.Path(path_type=Path))
@click.option("--repository", default="", metavar="OWNER/NAME", help="Default: release.repository of the recipe.")
@click.option("--private", is_flag=True)
@click.option("--dry-run", is_flag=True, help="Print what would go, send nothing.")
def publish(release: Path, repository: str, private: bool, dry_run: bool) -> None:
    """Push a RELEASE folder to the Hugging Face Hub.

    \b
    Example:
      spar-data publish releases/spar-mini-1.0.0 --repository me/spar-mini --dry-run
    """
    from spar_data.release import publish as hub

    upload = hub.plan(release, repository)
    show.upload(upload)
    if not dry_run:
        click.echo(hub.publish(release, repository, private))


for command in (*model_commands.COMMANDS, sft, selfplay, tree, pairs, gold, study):
    cli.add_command(command)

main = entry(cli)


if __name__ == "__main__":
    main()
