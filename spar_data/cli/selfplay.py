"""`spar-data selfplay`: responses, judgements, negatives, and trees of refinements."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from spar_data.cli.options import FILE, asking_options, config_options
from spar_data.selfplay.play_config import PlayConfig

if TYPE_CHECKING:
    from spar_data.models import Limits
    from spar_data.selfplay.play import Played


@click.command()
@click.argument("prompts")
@config_options(PlayConfig, "config")
@click.option("--out", type=FILE, required=True, help="Run folder; the same command goes on in it.")
@asking_options("prompts", " of each phase")
def selfplay(
    prompts: str, config: PlayConfig, out: Path, limit: int | None, store_file: Path, limits: Limits, dry_run: bool,
    as_json: bool,
) -> None:  # fmt: skip
    """Let an actor respond to PROMPTS, a judge find the responses that fail, and a refiner search for versions that pass.

    PROMPTS is the prompts.parquet of a release, whose constraints the checkers can judge by, or any source format. OUT gets
    samples.parquet (every response with its votes), negatives.parquet (the failing responses to refine), trees.parquet
    (every refinement) and run.json. `spar-data pairs OUT` turns them into training data.

    With a model and `rules` as refiners the first child of a node is the smallest edit by rules, if a program can check a
    constraint of the prompt; the other children are the model's.

    \b
    Examples:
      spar-data selfplay releases/spar-mini-1.0.0/data/prompts.parquet --actor smollm2 --refiner smollm2 --judge rules \\
          --limit 4 --max-tokens 120 --out runs/selfplay
      spar-data selfplay prompts.parquet --actor openai:actor@http://localhost:8000/v1 \\
          --refiner openai:refiner@http://localhost:8001/v1 --concurrency 256 --out runs/iteration-1
      spar-data selfplay prompts.parquet --actor smollm2 --refiner smollm2 --refiner rules --checkers also --out runs/both
      spar-data selfplay prompts.parquet --actor smollm2 --refiner rules --no-search --dry-run --out runs/selfplay
    """
    from spar_data.cli.progress import meter
    from spar_data.models import Store
    from spar_data.selfplay.estimate import estimate_play, existing_store, plan_text
    from spar_data.selfplay.play import play, select_prompts

    if dry_run:
        with existing_store(store_file) as stored:
            phases = estimate_play(select_prompts(prompts, config, limit or 0), config, stored)
        click.echo(plan_text(phases, as_json))
        return
    with meter() as bar, Store(store_file) as store:
        played = play(prompts, config, out, store, limits, bar.calls, limit or 0)
    if as_json:
        click.echo(json.dumps({**played.to_dict(), "out": str(out)}))
    else:
        _show(played)


def _show(played: Played) -> None:
    from spar_data.models.summary import closing

    phases = [f"{phase}: {closing(tally)}" for phase, tally in played.calls]
    searched = len(phases) - (played.calls[-1][0] == "search")
    for line in [*phases[:searched], *played.funnel.lines(), *phases[searched:]]:
        click.echo(line)
    if played.trees is not None:
        click.echo("search: " + ", ".join(f"{count:,} {name}" for name, count in played.trees.items()))
    if played.unfinished:
        stopped = f"{played.unfinished:,} trees are unfinished: {played.stopped}"
        click.echo(f"{stopped}. The same command goes on from here.")
    click.echo(str(played.folder))
