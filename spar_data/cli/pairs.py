"""`spar-data pairs`: training data from the folder of a self-play run."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from spar_data.cli.options import FILE, asking_options, settings_help

if TYPE_CHECKING:
    from spar_data.models import Limits
    from spar_data.selfplay.judge.calibration import Calibration
    from spar_data.selfplay.pairs.make_pairs import Pairs
    from spar_data.selfplay.pairs.pair_recipe import PairRecipe
    from spar_data.selfplay.run_folder import PlayFolder


class _PairsCommand(click.Command):
    """Lists the recipes and their settings below the options; they are loaded when somebody asks for help."""

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        from spar_data.release.config import ReleaseConfig
        from spar_data.selfplay.pairs.recipes import RECIPES

        with formatter.section("Recipes"):
            formatter.write_dl([(name, recipe.summary + _needs(recipe)) for name, recipe in RECIPES.items()])
        with formatter.section("Settings (--set)"):
            rows = [row for name, recipe in RECIPES.items() for row in settings_help(recipe.config, f"{name}.")]
            formatter.write_dl([*rows, *settings_help(ReleaseConfig, "release.")], col_max=38)


def _needs(recipe: PairRecipe[Any]) -> str:
    """The option without which a recipe cannot work."""
    return " (asks --judge)" if recipe.requests else " (needs --add)" if "sft" in recipe.needs else ""


@click.command(cls=_PairsCommand)
@click.argument("run", type=FILE)
@click.option(
    "--recipe", "recipes", multiple=True, metavar="NAME", help="Recipe to cut by; may be repeated.  [default: spar]"
)
@click.option(
    "--set", "overrides", multiple=True, metavar="RECIPE.KEY=VALUE",
    help="Setting of a recipe, e.g. direct.pairs=3, or of the release, e.g. release.license=mit.",
)  # fmt: skip
@click.option(
    "--format", "formats", multiple=True, type=click.Choice(["trl", "llama-factory", "axolotl", "jsonl"]),
    help="Also write JSON Lines for this trainer; may be repeated.",
)  # fmt: skip
@click.option("--out", type=FILE, required=True, help="Folder to write; with --release, the parent of the release.")
@click.option("--release", "release_name", default="", metavar="NAME", help="Write a release, e.g. my-selfplay-1.0.0.")
@click.option(
    "--add", "additions", multiple=True, metavar="[NAME=]FILE",
    help="Parquet file of pairs or dialogues to include, such as an SFT set, from which spin takes its targets.",
)  # fmt: skip
@click.option("--previous", type=FILE, metavar="RUN", help="Run of the previous iteration, for spin.")
@click.option("--judge", default="", metavar="SPEC", help="Model that scores, for self-rewarding and meta-rewarding.")
@click.option("--seed", type=int, default=None, help="Seed of every draw.  [default: the run's]")
@asking_options()
def pairs(
    run: Path, recipes: tuple[str, ...], overrides: tuple[str, ...], formats: tuple[str, ...], out: Path,
    release_name: str, additions: tuple[str, ...], previous: Path | None, judge: str, seed: int | None,
    store_file: Path, limits: Limits, dry_run: bool, as_json: bool,
) -> None:  # fmt: skip
    """Make training data from a self-play RUN: pairs for DPO, dialogues for SFT.

    \b
    Examples:
      spar-data pairs runs/selfplay --recipe spar --recipe direct --format trl --out pairs
      spar-data pairs runs/selfplay --recipe direct --set direct.pairs=3 --out pairs
      spar-data pairs runs/selfplay --recipe spar --recipe refiner-authors --format llama-factory \\
          --release my-selfplay-1.0.0 --out releases
    """
    from spar_data.cli.progress import meter
    from spar_data.selfplay.pairs.make_pairs import make_pairs, pair_settings
    from spar_data.selfplay.release.write import write_release
    from spar_data.selfplay.run_folder import open_folder

    folder = open_folder(run)
    recipe_seed = folder.facts.seed if seed is None else seed
    configs, release = pair_settings(recipes or ("spar",), recipe_seed, overrides)
    add = _named_files(additions)
    if dry_run:
        _show_plan(folder, configs, judge, store_file, as_json)
        return
    with meter() as bar:
        result = make_pairs(
            folder, configs, add=add, previous=previous, judge=judge, store=store_file, limits=limits, reports=bar.calls
        )
    if release_name:
        target = write_release(result, release_name, out, formats, release)
        files = sorted(path for path in target.rglob("*") if path.is_file())
    else:
        files = result.write(out, formats)
    if as_json:
        calls = {phase: tally.to_dict() for phase, tally in result.calls}
        click.echo(json.dumps({**result.to_dict(), "calls": calls, "files": [str(file) for file in files]}))
        return
    _show(result)
    for file in files:
        click.echo(str(file))


def _named_files(additions: tuple[str, ...]) -> dict[str, Path]:
    """The files of --add by the name of their set, which is that of the file unless one is given."""
    from spar_data.selfplay.pairs.recipes import RECIPES

    files: dict[str, Path] = {}
    for addition in additions:
        name, equals, file = addition.rpartition("=")
        name = name if equals else Path(file).stem
        used = {recipe.rows for recipe in RECIPES.values()} | {"trees", *files}
        if name in used or not name.replace("_", "").isalnum():
            raise click.UsageError(
                f"--add {addition}: a name of letters, digits and '_' is expected (NAME=FILE), and none of "
                f"{', '.join(sorted(used))}"
            )
        files[name] = Path(file)
    return files


def _show_plan(folder: PlayFolder, configs: Mapping[str, object], judge: str, store_file: Path, as_json: bool) -> None:
    """Prints the calls for scores. How many a meta-judge needs depends on the scores."""
    from spar_data.cli.models import show_plan
    from spar_data.models.estimate import plan_calls
    from spar_data.selfplay.pairs.pair_set import StoredRows, no_judge
    from spar_data.selfplay.pairs.recipes import RECIPES

    asking = {name: requests for name in configs if (requests := RECIPES[name].requests)}
    if not asking:
        click.echo("No calls, no tokens, no money: these recipes are cut from what is stored. Nothing was written.")
        return
    if not judge:
        no_judge(next(iter(asking)), ())
    rows = StoredRows(folder.samples())
    planned = [request for name, requests in asking.items() for request in requests(rows, configs[name])]
    show_plan(plan_calls(judge, planned, store_file), judge, as_json)
    for name in asking:
        config: Any = configs[name]
        if not as_json and getattr(config, "judge_pairs", False):
            click.echo(
                f"{name}: then at most {config.scores * (config.scores - 1):,} comparisons of judgements a prompt; judge_pairs=false "
                "leaves them out"
            )


def _show(pairs: Pairs) -> None:
    from spar_data.cli.tables import print_columns, print_funnel
    from spar_data.models.summary import closing
    from spar_data.selfplay.pairs.recipes import RECIPES
    from spar_data.selfplay.pairs.statistics import statistics_table

    for phase, tally in pairs.calls:
        click.echo(f"{phase}: {closing(tally)}")
    print_funnel(pairs.funnel)
    for name, cut in pairs.cuts.items():
        started = ", ".join(f"{number:,} {unit}" for unit, number in cut.started.items())
        rows = len(cut.rows)
        click.echo(f"\n{name}: {rows:,} row{'s' * (rows != 1)} ({RECIPES[name].rows}) from {started}")
        for (unit, reason), number in cut.ranked_losses():
            click.echo(f"  {number:>8,}  {unit}: {reason}")
        for note, number in cut.notes.items():
            if number:
                click.echo(f"  {number:>8,}  {note}")
    if pairs.statistics:
        click.echo("")
        print_columns(list(pairs.statistics), statistics_table(pairs.statistics))
    for names, common in pairs.overlaps.items():
        click.echo(
            f"in common ({names}): {common.prompts:,} prompts, {common.rejected:,} rejected, {common.chosen:,} chosen"
        )
    click.echo("\n" + _calibration_line(pairs.calibration) + "\n")


def _calibration_line(calibration: Calibration) -> str:
    if not calibration.known:
        return "judge compared with the checkers: there is no response that a model judged and on which they decide"
    figures = {"accuracy": calibration.accuracy, "F1 of Yes": calibration.f1, "kappa": calibration.kappa}
    text = ", ".join(f"{name} {'not defined' if value is None else f'{value:.3f}'}" for name, value in figures.items())
    return f"judge compared with the checkers: {text} ({calibration.decided:,} of {calibration.known:,} texts decided)"
