"""The prompts of a release as a benchmark: scored with the checkers of their constraints."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from spar_data import __version__
from spar_data.constraints import run_checker
from spar_data.constraints.verdict import Verdict
from spar_data.core.errors import SparError
from spar_data.core.records import Prompt
from spar_data.models import AnyModel
from spar_data.sources.release_prompts import read_prompts
from spar_eval.instructions.benchmark import Benchmark
from spar_eval.instructions.evaluate import evaluate
from spar_eval.instructions.prompts import BenchmarkPrompt
from spar_eval.responses import ResponseSource
from spar_eval.results import Result
from spar_eval.rows import source_name


def verifiable(
    prompts: Path | str | Sequence[Prompt],
    model: AnyModel | None = None,
    *,
    responses: ResponseSource | None = None,
    **options: Any,
) -> Result:
    """Scores a model, or responses, on the prompts of a release, with the checkers of their constraints.

    prompts: the prompts.parquet of a release, or prompts. Only constraints that a checker covers wholly count, and prompts
    that have one. options: those of `evaluate`, e.g. `limit`, `max_tokens`, `samples`, `store`, `limits`.
    """
    source = source_name(prompts if isinstance(prompts, str | Path) else [])
    return evaluate(VERIFIABLE, verifiable_prompts(prompts), model, responses=responses, source=source, **options)


def verifiable_prompts(source: Path | str | Sequence[Prompt]) -> list[BenchmarkPrompt]:
    """The prompts that have constraints which a checker covers wholly, with these.

    The id of an instruction is "type:leaf" ("format.length:words"), its parameters are checker and params. Raises SparError
    for a file that is no prompts.parquet, and if no prompt is left.
    """
    prompts = []
    for prompt in read_prompts(Path(source)) if isinstance(source, str | Path) else source:
        instructions = tuple(
            (":".join(constraint.leaf.rsplit(".", 1)), {"checker": constraint.checker, "params": constraint.params})
            for constraint in prompt.constraints
            if constraint.covers == "whole"
        )
        if instructions:
            prompts.append(BenchmarkPrompt(prompt.id, prompt.text, instructions))
    if not prompts:
        name = source if isinstance(source, str | Path) else "prompts"
        raise SparError(f"{name}: no prompt has a constraint that a program can verify: nothing to score")
    return prompts


def check(name: str, response: str, parameters: Mapping[str, Any]) -> Verdict:
    """The verdict of the project's own checker."""
    return run_checker(parameters["checker"], response, parameters["params"])


VERIFIABLE = Benchmark(
    task="verifiable",
    check=check,
    validate=lambda name, parameters: dict(parameters),
    versions=lambda: f"spar-suite-{__version__}",
    checker="own",
)
