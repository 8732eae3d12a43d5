"""`spar-data pairs`: training data from the folder of a self-play run."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from spar_data.cli.options import FILE, dry_run_option, json_option, limit_options, store_option

if TYPE_CHECKING:
    from spar_data.models import Limits, Tally


@click.command()
@click.argument("run", type=FILE)
@click.option("--recipe", "recipes", multiple=True, metavar="NAME", help="One or more of those below.  [default: spar]")
@click.option(
    "--set",
    "overrides",
    multiple=True,
    metavar="RECIPE.KEY=VALUE",
    help="E.g. direct.pairs=3; also release.license=...",
)
@click.option(
    "--format",
    "formats",
    multiple=True,
    type=click.Choice(["trl", "llama-factory", "axolotl", "jsonl"]),
    help="Write JSON Lines for this trainer too; may be repeated.",
)
@click.option(
    "--out", type=FILE, required=True, help="Folder to write; with --release the folder the release goes into."
)
@click.option("--release", "release_name", default="", metavar="NAME", help="Write a release, e.g. my-selfplay-1.0.0.")
@click.option(
    "--add",
    "additions",
    multiple=True,
    metavar="[NAME=]FILE",
    help="Pairs or dialogues (parquet) that go into the output too, such as an SFT set, which spin takes its targets from.",
)
@click.option("--previous", type=FILE, metavar="RUN", help="The run of the iteration before, for spin.")
@click.option("--judge", default="", metavar="SPEC", help="Who scores, for self-rewarding and meta-rewarding.")
@click.option("--seed", type=int, default=None, help="Of every choice.  [default: the run's]")
@store_option
@limit_options
@dry_run_option()
@json_option
def pairs(
    run: Path, recipes: tuple[str, ...], overrides: tuple[str, ...], formats: tuple[str, ...], out: Path,
    release_name: str, additions: tuple[str, ...], previous: Path | None, judge: str, seed: int | None,
    store_file: Path, limits: Limits, dry_run: bool, as_json: bool,
) -> None:  # fmt: skip
    """Make training data of a self-play RUN: pairs for DPO, dialogues for SFT.

    \b
    Recipes:
      spar              refined response of a tree against the failing one it came from
      direct            a response judged Yes against one judged No
      self-rewarding    by the model's own scores (asks --judge)
      meta-rewarding    the same with control of length, and pairs of judgements (asks --judge)
      spin              SFT response (--add) against a sample
      rft               responses judged Yes, as SFT rows of the actor
      expert-iteration  refined responses, as SFT rows of the actor
      refiner-paper     judge and refine rows of the refiner, by the paper
      refiner-authors   the same by the authors' script: caps, hard cases only

    \b
    Examples:
      spar-data pairs runs/selfplay --recipe spar --recipe direct --format trl --out pairs
      spar-data pairs runs/selfplay --recipe direct --set direct.pairs=3 --out pairs
      spar-data pairs runs/selfplay --recipe spar --recipe refiner-authors --format llama-factory \\
          --release my-selfplay-1.0.0 --out releases
    """
    from spar_data.cli.progress import meter
    from spar_data.core.config import configure
    from spar_data.core.errors import SparError
    from spar_data.core.files import write_json
    from spar_data.models import Store, identify
    from spar_data.models.phases import Rounds
    from spar_data.models.summary import closing
    from spar_data.prompts.recipe import ReleaseConfig
    from spar_data.selfplay import run_folder as stored
    from spar_data.selfplay.pairs import cut_all as produce
    from spar_data.selfplay.pairs import trainer_formats as trainers
    from spar_data.selfplay.pairs.recipes import RECIPES
    from spar_data.selfplay.release.write import describe, release, write_sets

    names = list(dict.fromkeys(recipes or ("spar",)))
    mine = [each for each in overrides if not each.startswith("release.")]
    settings = configure(ReleaseConfig, [each.removeprefix("release.") for each in overrides if each not in mine])
    folder = stored.open_folder(run)
    wanted = produce.configs(names, mine, folder.seed if seed is None else seed)
    added = _added(additions)
    before = stored.open_folder(previous).samples() if previous else ()
    asking = [name for name in names if RECIPES[name].asks]
    if asking and not judge:
        raise SparError(f"{asking[0]}: a model has to judge; name it with --judge (`spar-data models`)")
    if dry_run:
        _plan(folder, {name: wanted[name] for name in asking}, judge, store_file, as_json)
        return
    calls: list[tuple[str, Tally]] = []
    if asking:
        identify(judge)  # a wrong spec is an error before anything is asked
        with meter() as bar, Store(store_file) as store:
            rounds = Rounds(store, limits, bar.calls)
            product = produce.produce(folder, wanted, added, before, judge, rounds)
            calls = rounds.tallies
    else:
        product = produce.produce(folder, wanted, added, before)
    if release_name:
        target = release(product, release_name, out, formats, settings)
        files = sorted(path for path in target.rglob("*") if path.is_file())
    else:
        files = [*write_sets(product, out), *trainers.write(out, dict(product.sets), formats), out / "statistics.json"]
        write_json(files[-1], describe(product))
    if as_json:
        asked = {phase: tally.to_dict() for phase, tally in calls}
        click.echo(json.dumps({**describe(product), "calls": asked, "files": [str(file) for file in files]}))
        return
    for phase, tally in calls:
        click.echo(f"{phase}: {closing(tally)}")
    _tell(product)
    for file in files:
        click.echo(str(file))


def _added(additions: tuple[str, ...]) -> dict[str, Any]:
    """Rows of --add by the name of their set: its own or that of the file."""
    from spar_data.selfplay import run_folder as stored
    from spar_data.selfplay.pairs.recipes import RECIPES

    found: dict[str, Any] = {}
    for each in additions:
        name, equals, file = each.rpartition("=")
        name = name if equals else Path(file).stem
        taken = {recipe.name for recipe in RECIPES.values()} | {"trees", *found}
        if name in taken or not name.replace("_", "").isalnum():
            raise click.UsageError(
                f"--add {each}: a name of letters, digits and '_' is expected (NAME=FILE), and none of {', '.join(sorted(taken))}"
            )
        found[name] = stored.added(Path(file))
    return {name: rows for name, rows in found.items() if rows}


def _plan(folder: Any, wanted: dict[str, Any], judge: str, store_file: Path, as_json: bool) -> None:
    """What --dry-run prints: the calls for scores. Those of a meta-judge depend on the scores."""
    from spar_data.cli.models import show_plan
    from spar_data.models import respond
    from spar_data.selfplay.pairs.pair_set import Rows
    from spar_data.selfplay.pairs.recipes import RECIPES

    if not wanted:
        click.echo("No calls, no tokens, no money: these recipes are cut from what is stored. Nothing was written.")
        return
    rows = Rows(folder.samples())
    requests = [r for name, config in wanted.items() if (asks := RECIPES[name].asks) for r in asks(rows, config)]
    show_plan(respond.plan(judge, requests, store_file), judge, as_json)
    for name, config in wanted.items():
        if not as_json and getattr(config, "judge_pairs", False):
            most = config.scores * (config.scores - 1)
            click.echo(
                f"{name}: then at most {most:,} comparisons of judgements a prompt; judge_pairs=false leaves them out"
            )


def _tell(product: Any) -> None:
    from spar_data.cli.tables import figures, funnel
    from spar_data.selfplay.pairs.recipes import RECIPES
    from spar_data.selfplay.pairs.statistics import table

    funnel(product.funnel_steps)
    for name, cut in product.cuts.items():
        started = ", ".join(f"{number:,} {what}" for what, number in cut.started.items())
        rows = len(cut.pairs) + len(cut.dialogues)
        click.echo(f"\n{name}: {rows:,} row{'s' * (rows != 1)} ({RECIPES[name].name}) from {started}")
        for (what, why), number in sorted(cut.excluded.items(), key=lambda item: (-item[1], item[0])):
            click.echo(f"  {number:>8,}  {what}: {why}")
        for note, number in cut.notes.items():
            if number:
                click.echo(f"  {number:>8,}  {note}")
    if product.statistics:
        click.echo("")
        figures(list(product.statistics), table(product.statistics))
    for name, each in product.overlaps.items():
        click.echo(f"in common ({name}): {each.prompts:,} prompts, {each.rejected:,} rejected, {each.chosen:,} chosen")
    click.echo("\n" + _calibration(product.calibration) + "\n")


def _calibration(found: Any) -> str:
    if not found.known:
        return "judge beside the checkers: no response that a model judged and on which they decide"
    figures = {"accuracy": found.accuracy, "F1 of Yes": found.f1, "kappa": found.kappa}
    told = ", ".join(f"{name} {'not defined' if value is None else f'{value:.3f}'}" for name, value in figures.items())
    return f"judge beside the checkers: {told} ({found.decided:,} of {found.known:,} texts decided)"
