"""`spar-eval ifbench`."""

from __future__ import annotations

from typing import Any

import click

from spar_eval.instructions.evaluate import verify, verify_options


@click.command()
@click.option("--data", metavar="PATH", help="A .jsonl or .parquet file in IFBench's format, or a dataset of the Hub.  "
              "[default: IFBench_test.jsonl under $SPAR_BENCHMARKS, else allenai/IFBench_test]")  # fmt: skip
@verify_options
def ifbench(data: str | None, **options: Any) -> None:
    """IFBench: 300 prompts with 58 types of instructions that code can verify, strict and loose.

    The verdicts are those of the official code, made deterministic; its papers report prompt-loose. Every failed
    instruction has its reason in responses.jsonl and report.html. What was answered is kept: the same command goes on
    where it was.

    \b
    Examples:
      spar-eval ifbench --model smollm2 --limit 50
      spar-eval ifbench --model openai:my-model@http://localhost:8000/v1 --data IFBench_test.jsonl
      spar-eval ifbench --responses answers.jsonl --data IFBench_test.jsonl
      spar-eval ifbench --model openai:gpt-4o-mini --samples 5 --temperature 0.7 --dry-run
    """
    from spar_data.sources.json_rows import locate
    from spar_eval.benchmarks.ifbench import IFBENCH
    from spar_eval.instructions.score import read_prompts

    source = data or locate(IFBENCH.files, IFBENCH.hub)
    prompts = read_prompts(source, IFBENCH.validate, IFBENCH.split)
    verify(IFBENCH, prompts, source, {"": IFBENCH.check}, **options)
