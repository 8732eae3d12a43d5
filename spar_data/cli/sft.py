"""`spar-data sft`: sets for supervised fine-tuning of actor and refiner."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from spar_data.cli.options import FILE, asking_options, config_options
from spar_data.sft.config import SftConfig

if TYPE_CHECKING:
    from spar_data.models import Limits
    from spar_data.sft.run import SftRun


@click.command()
@click.argument("prompts")
@click.option("--teacher", required=True, metavar="SPEC", help="Model that responds, judges and refines, or `rules`.")
@click.option(
    "--actor", default="", metavar="SPEC",
    help="Model whose responses are judged and refined; without it only the actor's set is made.",
)  # fmt: skip
@click.option("--out", type=FILE, required=True, help="Folder of the sets; the same command continues in it.")
@config_options(SftConfig, "config")
@asking_options("prompts", " of each phase")
def sft(
    prompts: str, teacher: str, actor: str, out: Path, config: SftConfig, limit: int | None, store_file: Path,
    limits: Limits, dry_run: bool, as_json: bool,
) -> None:  # fmt: skip
    """Make the sets that an actor, a judge and a refiner are fine-tuned on from PROMPTS and a teacher.

    PROMPTS: the prompts.parquet of a release (its checkers are gates then), or any source format. OUT gets actor.parquet,
    judge.parquet, refine.parquet and refine_test.parquet, ledger.parquet with a reason for every reply that was left out,
    rest.parquet with the prompts that are left for self-play, and sft.json. The judged responses are those of the actor that
    was trained on actor.parquet: make that set first, train, and run again with --actor and the same OUT.

    \b
    Examples:
      spar-data sft prompts.parquet --teacher openai:gpt-4o-mini --dry-run --out runs/sft
      spar-data sft prompts.parquet --teacher openai:gpt-4o-mini --actor vllm:models/actor-sft --out runs/sft
      spar-data sft releases/spar-mini-1.0.0/data/prompts.parquet --teacher rules --actor smollm2 --limit 20 --out runs/sft
    """
    from spar_data.cli.progress import meter
    from spar_data.models import Store
    from spar_data.selfplay.estimate import plan_text
    from spar_data.sft.run import build_sft, plan_sft

    if dry_run:
        phases = plan_sft(prompts, teacher, actor, store_file, config, limit or 0)
        click.echo(plan_text(phases, as_json))
        return
    with meter() as bar, Store(store_file) as store:
        run = build_sft(prompts, teacher, actor, out, store, config, limit or 0, limits, bar.calls)
    if as_json:
        click.echo(json.dumps({**run.facts, "out": str(out)}))
    else:
        _show(run, out)


def _show(run: SftRun, out: Path) -> None:
    from spar_data.models.summary import closing

    for phase, tally in run.calls:
        click.echo(f"{phase}: {closing(tally)}")
    click.echo("prompts: " + ", ".join(f"{len(part):,} {name}" for name, part in run.sets.parts.items()))
    for stage, counts in run.sets.counts().items():
        reasons = ", ".join(f"{n:,} {reason}" for reason, n in counts.items() if reason not in ("entered", "kept"))
        kept = f"{counts['kept']:>7,} of {counts['entered']:,} kept"
        click.echo(f"{stage:<18} {kept}" + (f"; {reasons}" if reasons else ""))
    click.echo("rows: " + ", ".join(f"{len(rows):,} {name}" for name, rows in run.sets.rows.items()))
    if similarity := run.sets.similarity():
        click.echo(
            "similarity of refinements: " + ", ".join(f"{name} {value:.2f}" for name, value in similarity.items())
        )
    if run.facts["state"] == "actor":
        click.echo("No --actor: only the actor's set was made. Train on it, then run again with --actor.")
    click.echo(str(out))
