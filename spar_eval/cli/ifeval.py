"""`spar-eval ifeval`."""

from __future__ import annotations

from typing import Any

import click

from spar_eval.instructions.evaluate import verify, verify_options


@click.command()
@click.option("--data", metavar="PATH|fresh", help="A .jsonl or .parquet file in IFEval's format, a dataset of the Hub, or "
              "`fresh`: new prompts of the same kind (`spar-eval fresh` writes them).  [default: input_data.jsonl under "
              "$SPAR_BENCHMARKS, else google/IFEval]")  # fmt: skip
@click.option("--checker", type=click.Choice(["official", "fixed"]), default="official", show_default=True,
              help="fixed: with known defects of the official checkers repaired; prints both.")  # fmt: skip
@click.option(
    "--fix", "fixes", multiple=True, metavar="NAME", help="Repair only this, e.g. comma; docs/ifeval.md lists them."
)
@click.option("--refine", type=click.Choice(["bfs", "dfs", "best-first", "best-of-n", "iterative"]), default=None,
              help="Refine each response that the refiner judges No, and score what comes out; prints both.")  # fmt: skip
@click.option("--refiner", default="", metavar="SPEC", help="Who judges and refines.  [default: the model itself]")
@verify_options
def ifeval(
    data: str | None, checker: str, fixes: tuple[str, ...], limit: int | None, refine: str | None, refiner: str, **options: Any
) -> None:  # fmt: skip
    """IFEval: 541 prompts with 25 types of instructions that code can verify, strict and loose.

    The verdicts are those of the official code, made deterministic. Every failed instruction has its reason in
    responses.jsonl and report.html. What was answered is kept: the same command goes on where it was.

    \b
    Examples:
      spar-eval ifeval --model smollm2 --limit 50
      spar-eval ifeval --model openai:my-model@http://localhost:8000/v1 --data input_data.jsonl
      spar-eval ifeval --responses answers.jsonl --data input_data.jsonl --checker fixed
      spar-eval ifeval --responses answers.jsonl --data input_data.jsonl --fix comma --fix json
      spar-eval ifeval --model openai:my-model@http://localhost:8000/v1 --refine bfs
      spar-eval ifeval --model openai:gpt-4o-mini --samples 5 --temperature 0.7 --dry-run
    """
    from spar_data.constraints.ifeval import FIXES
    from spar_data.core.errors import nearest
    from spar_data.sources.json_rows import locate
    from spar_eval.benchmarks.ifeval import FIXED, IFEVAL, checkers
    from spar_eval.benchmarks.ifeval.fresh import fresh
    from spar_eval.instructions.score import read_prompts

    source = data or locate(IFEVAL.files, IFEVAL.hub)
    prompts = fresh(limit or 541) if source == "fresh" else read_prompts(source, IFEVAL.validate, IFEVAL.split)
    for fix in fixes:
        if fix not in FIXES:
            raise click.UsageError(f"--fix {fix}: no such repair.{nearest(fix, FIXES)}")
    repaired = fixes or (tuple(FIXES) if checker == "fixed" else ())
    name = "" if not repaired else "fixed" if len(repaired) == len(FIXES) else f"fixed({','.join(repaired)})"
    verify(
        IFEVAL,
        prompts,
        source,
        checkers(repaired),
        FIXED if repaired else "",
        name,
        limit=limit,
        refine=refine or "",
        refiner=refiner,
        **options,
    )
