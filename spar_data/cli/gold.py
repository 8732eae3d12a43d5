"""`spar-data gold`: pairs and dialogues from problems with gold answers."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from spar_data.cli.models import show_plan
from spar_data.cli.options import FILE, asking_options, config_options
from spar_data.selfplay.gold.config import GoldConfig

if TYPE_CHECKING:
    from spar_data.models import Limits
    from spar_data.selfplay.gold.run import GoldRows


@click.command()
@click.argument("problems")
@click.option("--model", required=True, metavar="SPEC", help="Model to sample; `spar-data models` lists the kinds.")
@click.option("--out", type=FILE, required=True, metavar="FOLDER", help="Folder to write.")
@config_options(GoldConfig, "config")
@asking_options("problems")
def gold(
    problems: str, model: str, out: Path, config: GoldConfig, limit: int | None, store_file: Path, limits: Limits,
    dry_run: bool, as_json: bool,
) -> None:  # fmt: skip
    """Sample solutions of PROBLEMS (rows of GSM8K or ARC) and select them by their gold answers.

    \b
    iterative-rpo  right replies over wrong ones: pairs.parquet (30 samples at temperature 0.8)
    star           one greedy rationale, with the answer as a hint where that fails: dialogues.parquet
    rest-em        right replies, at most 10 for each problem: dialogues.parquet (32 samples at temperature 0.7)

    The folder also gets outcomes.jsonl (the answer of each sample) and summary.json (pass@1, maj@n, counts by reason).
    Answers are kept in the store: the same command asks only for what is missing or failed.

    \b
    Examples:
      spar-data gold gsm8k/train.jsonl --recipe iterative-rpo --model smollm2 --limit 20 --samples 8 --out runs/rpo
      spar-data gold arc/train.jsonl --recipe star --model openai:my-model@http://localhost:8000/v1 --out runs/star
      spar-data gold gsm8k/train.jsonl --recipe rest-em --model openai:gpt-4o-mini --dry-run --out runs/rest
    """
    from spar_data.cli.progress import meter
    from spar_data.models import Store, identify
    from spar_data.models.estimate import plan_calls
    from spar_data.selfplay.gold.problems import read_problems
    from spar_data.selfplay.gold.run import GOLD_RECIPES, make_gold

    rows = list(read_problems(problems, limit or 0))
    identify(model)  # raises SparError for a wrong spec before anything is written
    if dry_run:
        recipe = GOLD_RECIPES[config.recipe]
        show_plan(plan_calls(model, (recipe.request(problem, config) for problem in rows), store_file), model, as_json)
        if recipe.hint and not as_json:
            click.echo("Problems that it does not solve are asked once more, with a hint.")
        return
    with meter() as bar, Store(store_file) as store:
        gold_rows = make_gold(rows, config, model, out, store, limits, bar.calls, problems)
    if as_json:
        calls = [{"phase": phase, **tally.to_dict()} for phase, tally in gold_rows.calls]
        click.echo(json.dumps({**gold_rows.to_dict(), "calls": calls, "out": str(gold_rows.file)}))
    else:
        _show(gold_rows)


def _show(rows: GoldRows) -> None:
    from spar_data.models.summary import closing

    for phase, tally in rows.calls:
        click.echo(f"{phase}: {closing(tally)}")
    accuracy = rows.accuracy
    verdicts = ", ".join(f"{accuracy.verdicts[name]:,} {name}" for name in ("right", "wrong", "no answer", "failed"))
    click.echo(f"{accuracy.total:,} problems, {rows.samples} samples each: {verdicts}")
    for reason, n in accuracy.reasons.most_common():
        click.echo(f"  {n:,} x {reason}")
    if 2 * accuracy.reasons["failed: length"] > accuracy.verdicts.total():
        click.echo("Most replies were cut off: raise --max-tokens.")
    rates = ", ".join(f"{name} {100 * r:.1f}%" for name, r in accuracy.rates(rows.samples).items())
    click.echo(f"{rates}; {accuracy.tied:,} problems with a tie")
    for name, n in rows.counts.items():
        click.echo(f"  {n:,} {name}")
    nothing = "" if rows.rows else ": nothing to train on, see the counts above"
    click.echo(f"{len(rows.rows):,} rows in {rows.file}{nothing}")
