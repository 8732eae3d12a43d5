"""`spar-eval ifeval`, `spar-eval verifiable`, and the command of every other benchmark of verifiable instructions."""

from __future__ import annotations

import ast
import importlib
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from spar_data.cli.options import FILE, Command, Decorator, config_options
from spar_eval.cli.options import RunOptions, model_or_responses, run_options, show_plan
from spar_eval.instructions.config import InstructionConfig

if TYPE_CHECKING:
    from spar_eval.instructions.benchmark import Benchmark
    from spar_eval.instructions.prompts import BenchmarkPrompt

_FOLDER = Path(__file__).parents[1] / "benchmarks"
_BY_CODE = ("checker", "fixes")  # settings of benchmarks with repairs


def evaluation_options(without: tuple[str, ...] = ()) -> Decorator:
    """The options of `evaluate`. without: fields of the config that get no option."""

    def add(command: Command) -> Command:
        return model_or_responses(config_options(InstructionConfig, "config", without)(run_options(command)))

    return add


def run_evaluation(
    benchmark: Benchmark, prompts: list[BenchmarkPrompt], source: str, *, model: str | None, responses: Path | None,
    config: InstructionConfig, run: RunOptions,
) -> None:  # fmt: skip
    """Evaluates, writes the run folder and prints the result; or prints what would be asked."""
    from spar_eval.instructions.evaluate import evaluate, plan_evaluation

    if run.dry_run:
        plan, refining = plan_evaluation(prompts, model, responses, run.limit, config, run.store_file)
        show_plan(plan, model, run.as_json)
        if refining and not run.as_json:
            click.echo(refining)
        return
    run.run(
        lambda bar, options: evaluate(
            benchmark, prompts, model, responses=responses, source=source, config=config, progress=bar, **options
        ),
        model,
        responses,
        lambda calls: next((tally.to_dict() for phase, tally in calls if phase == "respond"), {}),
    )


@click.command()
@click.option(
    "--data",
    metavar="PATH|fresh",
    help="A .jsonl or .parquet file in IFEval's format, a dataset on the Hub, or `fresh`: new prompts of the same kind "
    "(`spar-eval fresh` writes them).  [default: input_data.jsonl under $SPAR_BENCHMARKS, else google/IFEval]",
)
@evaluation_options()
def ifeval(data: str | None, run: RunOptions, **options: Any) -> None:
    """IFEval: 541 prompts with 25 types of instructions that code can verify, strict and loose.

    The verdicts are those of the official code, made deterministic. Every failed instruction has its reason in
    responses.jsonl and report.html. Answers are kept: the same command continues where it stopped.

    \b
    Examples:
      spar-eval ifeval --model smollm2 --limit 50
      spar-eval ifeval --model openai:my-model@http://localhost:8000/v1 --data input_data.jsonl
      spar-eval ifeval --responses answers.jsonl --data input_data.jsonl --checker fixed
      spar-eval ifeval --responses answers.jsonl --data input_data.jsonl --fix comma --fix json
      spar-eval ifeval --model openai:my-model@http://localhost:8000/v1 --refine bfs
      spar-eval ifeval --model openai:gpt-4o-mini --samples 5 --temperature 0.7 --dry-run
    """
    from spar_eval.benchmarks.ifeval.benchmark import IFEVAL, load_ifeval

    source = data or IFEVAL.source
    run_evaluation(IFEVAL, load_ifeval(source, run.limit), source, run=run, **options)


@click.command()
@click.argument("prompts", type=FILE)
@evaluation_options(without=_BY_CODE)
def verifiable(prompts: Path, **options: Any) -> None:
    """Score responses to the PROMPTS of a release (its prompts.parquet) with the checkers of their constraints.

    Only constraints that a checker covers wholly count, and prompts that have one. Strict and loose are those of IFEval.

    \b
    Examples:
      spar-eval verifiable releases/spar-mini-1.0.0/data/prompts.parquet --model smollm2 --limit 20
      spar-eval verifiable releases/spar-mini-1.0.0/data/prompts.parquet --responses answers.jsonl
    """
    from spar_eval.benchmarks.verifiable import VERIFIABLE, verifiable_prompts

    run_evaluation(VERIFIABLE, verifiable_prompts(prompts), str(prompts), **options)


def benchmark_commands() -> Iterator[click.Command]:
    """A command for each file of spar_eval/benchmarks but verifiable.py: its name is the command, its docstring the help.

    The file is imported only when its command runs.
    """
    for file in sorted(_FOLDER.glob("[a-z]*.py")):
        if file.stem != "verifiable":
            yield _benchmark_command(file.stem, ast.get_docstring(ast.parse(file.read_text(encoding="utf-8"))) or "")


def _benchmark_command(name: str, help: str) -> click.Command:
    @click.command(name, help=help)
    @click.option(
        "--data",
        metavar="PATH",
        help="A .jsonl or .parquet file in the benchmark's format, or a dataset on the Hub.  [default: the benchmark's file "
        "under $SPAR_BENCHMARKS, else its dataset]",
    )
    @evaluation_options(without=_BY_CODE)
    def command(data: str | None, **options: Any) -> None:
        from spar_eval.instructions.benchmark import Benchmark

        module = importlib.import_module(f"spar_eval.benchmarks.{name}")
        benchmark = next(value for value in vars(module).values() if isinstance(value, Benchmark))
        source = data or benchmark.source
        run_evaluation(benchmark, benchmark.load(source), source, **options)

    return command
