"""`spar-eval refinement`"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from spar_eval.cli.options import FILE, run_options

if TYPE_CHECKING:
    from spar_data.models import Limits


@click.command()
@click.option(
    "--data",
    type=FILE,
    required=True,
    help="JSON Lines with prompt, response (failing) and judgement, or what "
    "`spar-data judge` writes: its rows with the verdict No.",
)
@click.option("--model", required=True, metavar="SPEC", help="The refiner; `spar-data models` lists the kinds.")
@click.option(
    "--judge",
    "judges",
    multiple=True,
    required=True,
    metavar="SPEC",
    help="self (the refiner), rules (the checkers of the constraints) or a model; several give a column each.",
)
@click.option("--prompts", type=FILE, help="prompts.parquet of a release: constraints for `rules`.")
@click.option(
    "--decoding",
    type=click.Choice(["greedy", "best-of-n", "iterative", "bfs", "dfs", "best-first"]),
    default="greedy",
    show_default=True,
)
@click.option(
    "--guide",
    default="self",
    show_default=True,
    metavar="SPEC",
    help="Who decides inside every decoding but greedy: self, rules or a model.",
)
@click.option("--samples", type=click.IntRange(2), default=5, show_default=True, help="N of best-of-n.")
@click.option(
    "--depth",
    type=click.IntRange(1),
    default=3,
    show_default=True,
    help="Rounds of iterative at most, levels of a tree.",
)
@click.option("--branch", type=click.IntRange(2), default=3, show_default=True, help="Children of a node of a tree.")
@click.option("--beam", type=click.IntRange(1), default=2, show_default=True, help="Nodes expanded by bfs and dfs.")
@click.option("--nodes", type=click.IntRange(0), default=0, help="Refinements of a tree at most.  [default: no limit]")
@click.option(
    "--temperature", type=click.FloatRange(0, 2), help="Of the refiner.  [default: 0; best-of-n and trees: 0.7]"
)
@click.option("--top-p", type=click.FloatRange(0, 1, min_open=True), default=1.0, show_default=True)
@click.option("--max-tokens", type=click.IntRange(1), default=3072, show_default=True, help="Of one refinement.")
@click.option(
    "--votes", type=click.IntRange(1), default=5, show_default=True, help="Of a judgement; the majority counts."
)
@click.option("--judge-temperature", type=click.FloatRange(0, 2), default=0.7, show_default=True)
@click.option("--judge-max-tokens", type=click.IntRange(1), default=2048, show_default=True, help="Of one judgement.")
@run_options
def refinement(
    data: Path, model: str, judges: tuple[str, ...], prompts: Path | None, decoding: str, guide: str, samples: int,
    depth: int, branch: int, beam: int, nodes: int, temperature: float | None, top_p: float, max_tokens: int, votes: int, judge_temperature: float,
    judge_max_tokens: int, limit: int | None, out: Path | None, store_file: Path, limits: Limits, dry_run: bool,
    as_json: bool,
) -> None:  # fmt: skip
    """Let a model refine responses that were judged to fail; its accuracy is the share that a judge then says Yes to.

    A refinement that failed, did not parse or changed nothing is not accurate, nor is one that a judge comes to no verdict
    about; the numbers without them stand beside.

    \b
    Examples:
      spar-eval refinement --data judged.jsonl --model hf:runs/refiner --judge self --judge openai:gpt-4o
      spar-eval refinement --data judged.jsonl --model openai:m@http://localhost:8000/v1 --judge rules \\
          --prompts releases/spar-mini-1.0.0/data/prompts.parquet --decoding iterative --guide rules
      spar-eval refinement --data judged.jsonl --model smollm2 --judge self --votes 1 --max-tokens 100 --limit 3
    """
    from spar_data.cli.progress import meter
    from spar_data.models import Store, model_label
    from spar_data.models.summary import closing
    from spar_data.sources.release_prompts import constraints_by_text
    from spar_eval.benchmarks.refinement import Settings, load, plans, run
    from spar_eval.benchmarks.refinement.run import check
    from spar_eval.cli.options import finish, result_folder, show_plans

    several = decoding not in ("greedy", "iterative")
    warm = 0.7 if several else 0.0
    if several and temperature == 0:
        raise click.UsageError(f"--temperature 0 makes all samples of {decoding} the same: more than 0 is expected")
    settings = Settings(
        model, judges, decoding, guide, samples, depth, warm if temperature is None else temperature, top_p, max_tokens,
        votes, judge_temperature, judge_max_tokens, branch, beam, nodes,
    )  # fmt: skip
    rows = load(data, limit or 0, constraints_by_text(prompts) if prompts else None)
    check(rows, settings)  # a wrong spec is an error before anything is written
    if dry_run:
        show_plans([(phase, model_label(asked), plan) for phase, asked, plan in plans(rows, settings)], as_json)
        return
    with meter() as bar, Store(store_file) as store:
        result, tallies = run(rows, settings, store, limits, bar.calls)
    calls = [{"phase": phase, **tally.to_dict()} for phase, tally in tallies]
    if not as_json:
        click.echo("\n".join(f"{phase}: {closing(tally)}" for phase, tally in tallies) + "\n")
    finish(result, out or result_folder("refinement", model), as_json, {"calls": calls})
