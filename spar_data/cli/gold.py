"""`spar-data gold`: pairs and dialogues from problems with gold answers."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from spar_data.cli.models import show_plan
from spar_data.cli.options import FILE, dry_run_option, json_option, limit_option, limit_options, store_option

if TYPE_CHECKING:
    from spar_data.models import Limits
    from spar_data.selfplay.gold.run import Made


@click.command()
@click.argument("problems")
@click.option("--recipe", required=True, type=click.Choice(["iterative-rpo", "star", "rest-em"]))
@click.option("--model", required=True, metavar="SPEC", help="`spar-data models` lists the kinds.")
@click.option("--out", type=FILE, required=True, metavar="FOLDER", help="Folder to write.")
@click.option("--samples", type=click.IntRange(1), default=None, help="Replies a problem.  [default: the paper's]")
@click.option("--temperature", type=click.FloatRange(0, 2), default=None, help="[default: the paper's]")
@click.option("--top-p", type=click.FloatRange(0, 1, min_open=True), default=1.0, show_default=True)
@click.option("--max-tokens", type=click.IntRange(1), default=1024, show_default=True)
@click.option(
    "--pairs",
    "k",
    type=click.IntRange(1),
    default=None,
    metavar="K",
    help="iterative-rpo: pairs a problem.  [default: 10; choices 20]",
)
@click.option("--gold-winner", is_flag=True, help="iterative-rpo: the data's own solution is a winner too.")
@click.option(
    "--no-answer",
    type=click.Choice(["drop", "lose"]),
    default="drop",
    show_default=True,
    help="iterative-rpo: replies in which no answer can be read.",
)
@click.option("--repeats", is_flag=True, help="iterative-rpo: repeat pairs up to K, as in the paper.")
@click.option(
    "--longest",
    type=click.IntRange(1),
    default=2048,
    show_default=True,
    metavar="TOKENS",
    help="iterative-rpo: drop pairs with more (estimated).",
)
@click.option("--cap", type=click.IntRange(0), default=60_000, show_default=True, help="iterative-rpo: pairs in all.")
@click.option("--most", type=click.IntRange(1), default=10, show_default=True, help="rest-em: rows a problem.")
@click.option("--seed", default=42, show_default=True)
@limit_option("problems")
@store_option
@limit_options
@dry_run_option()
@json_option
def gold(
    problems: str, recipe: str, model: str, out: Path, samples: int | None, temperature: float | None, top_p: float,
    max_tokens: int, k: int | None, gold_winner: bool, no_answer: str, repeats: bool, longest: int, cap: int, most: int,
    seed: int, limit: int | None, store_file: Path, limits: Limits, dry_run: bool, as_json: bool,
) -> None:  # fmt: skip
    """Sample solutions of PROBLEMS (rows of GSM8K or ARC) and keep them by their gold answers.

    \b
    iterative-rpo  right replies over wrong ones: pairs.parquet (30 samples at temperature 0.8)
    star           one greedy rationale, with the answer as a hint where that fails: dialogues.parquet
    rest-em        right replies, at most 10 a problem: dialogues.parquet (32 samples at temperature 0.7)

    Beside it: outcomes.jsonl (what each sample answered) and summary.json (pass@1, maj@n, counts by reason). Answers are
    kept in the store: the same command asks only for what is missing or failed.

    \b
    Examples:
      spar-data gold gsm8k/train.jsonl --recipe iterative-rpo --model smollm2 --limit 20 --samples 8 --out runs/rpo
      spar-data gold arc/train.jsonl --recipe star --model openai:my-model@http://localhost:8000/v1 --out runs/star
      spar-data gold gsm8k/train.jsonl --recipe rest-em --model openai:gpt-4o-mini --dry-run --out runs/rest
    """
    from spar_data.cli.progress import meter
    from spar_data.models import Store, identify
    from spar_data.models.estimate import plan_calls
    from spar_data.selfplay.gold.iterative_rpo import PairRule
    from spar_data.selfplay.gold.problems import problems as read_problems
    from spar_data.selfplay.gold.run import GoldConfig, make

    if recipe == "star" and (samples not in (None, 1) or temperature):
        raise click.UsageError("star takes one greedy reply a problem: leave out --samples and --temperature")
    rule = PairRule(k or 0, gold_winner, no_answer, repeats, longest, cap, seed)
    config = GoldConfig(recipe, samples, temperature, top_p, max_tokens, most, rule)
    found = list(read_problems(problems, limit or 0))
    identify(model)  # a wrong spec is an error before anything is written
    if dry_run:
        show_plan(plan_calls(model, map(config.request, found), store_file), model, as_json)
        if recipe == "star" and not as_json:
            click.echo("Problems that it does not solve are asked once more, with a hint.")
        return
    with meter() as bar, Store(store_file) as store:
        made = make(found, config, model, out, store, limits, bar.calls, problems)
    if as_json:
        calls = [{"phase": phase, **tally.to_dict()} for phase, tally in made.tallies]
        click.echo(json.dumps({**made.summary, "calls": calls, "out": str(made.file)}))
    else:
        _show(made)


def _show(made: Made) -> None:
    from spar_data.models.summary import closing

    for phase, tally in made.tallies:
        click.echo(f"{phase}: {closing(tally)}")
    accuracy: dict[str, Any] = made.summary["accuracy"]
    verdicts = ", ".join(f"{n:,} {name}" for name, n in accuracy["verdicts"].items())
    click.echo(f"{accuracy['problems']:,} problems, {accuracy['samples']} samples each: {verdicts}")
    for reason, n in accuracy["reasons"].items():
        click.echo(f"  {n:,} x {reason}")
    if 2 * accuracy["reasons"].get("failed: length", 0) > sum(accuracy["verdicts"].values()):
        click.echo("Most replies were cut off: raise --max-tokens.")
    rates = ", ".join(f"{name} {100 * rate:.1f}%" for name, rate in accuracy.items() if isinstance(rate, float))
    click.echo(f"{rates}; {accuracy['tied problems']:,} problems with a tie")
    for name, n in made.summary["counts"].items():
        click.echo(f"  {n:,} {name}")
    click.echo(
        f"{made.rows:,} rows in {made.file}" + ("" if made.rows else ": nothing to train on, see the counts above")
    )
