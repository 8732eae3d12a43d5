"""The prompts of a release as a benchmark: scored with the checkers of their constraints."""

from __future__ import annotations

from os import PathLike
from pathlib import Path
from typing import Any

from spar_data import __version__
from spar_data.constraints import run_checker
from spar_data.constraints.verdict import Verdict
from spar_data.core.errors import SparError
from spar_data.models import AnyModel
from spar_data.sources.prompts import Prompts, as_prompts
from spar_data.sources.release_prompts import read_prompts
from spar_eval.instructions.benchmark import Benchmark
from spar_eval.instructions.evaluate import evaluate
from spar_eval.instructions.prompts import BenchmarkPrompt, Parameters
from spar_eval.responses import ResponseSource
from spar_eval.results import Result


def verifiable(
    prompts: Prompts,
    model: AnyModel | None = None,
    *,
    responses: ResponseSource | None = None,
    **options: Any,
) -> Result:
    """Scores a model, or responses, on the prompts of a release, with the checkers of their constraints.

    prompts: the prompts.parquet of a release, or prompts with constraints in any form that `as_prompts` takes. Only
    constraints that a checker covers wholly count, and prompts that have one. options: those of `evaluate`, e.g. `limit`,
    `max_tokens`, `samples`, `store`, `limits`.

    >>> from spar_eval import verifiable
    >>> words = {"text": "Use at most 3 words.", "checker": "length.words", "covers": "whole",
    ...          "params": {"n": 3, "relation": "at most"}, "leaf": "format.length.words"}
    >>> prompts = [{"prompt": "Greet me. Use at most 3 words.", "constraints": [words]}]
    >>> verifiable(prompts, responses=["Good morning to you"]).items[0].checks[0].reason
    '4 words, at most 3 asked'
    """
    return evaluate(VERIFIABLE, verifiable_prompts(prompts), model, responses=responses, source=prompts, **options)


def verifiable_prompts(source: Prompts) -> list[BenchmarkPrompt]:
    """The prompts that have constraints which a checker covers wholly, with these.

    The id of an instruction is "type:leaf" ("format.length:words"), its parameters are checker and params. Raises SparError
    for a file that is no prompts.parquet, and if no prompt is left.
    """
    prompts = []
    for prompt in read_prompts(Path(source)) if isinstance(source, str | PathLike) else as_prompts(source):
        instructions = tuple(
            (":".join(constraint.leaf.rsplit(".", 1)), {"checker": constraint.checker, "params": constraint.params})
            for constraint in prompt.constraints
            if constraint.covers == "whole"
        )
        if instructions:
            prompts.append(BenchmarkPrompt(prompt.id, prompt.text, instructions))
    if not prompts:
        name = source if isinstance(source, str | PathLike) else "prompts"
        raise SparError(f"{name}: no prompt has a constraint that a program can verify: nothing to score")
    return prompts


def check(name: str, response: str, parameters: Parameters) -> Verdict:
    """The verdict of the project's own checker."""
    return run_checker(parameters["checker"], response, parameters["params"])


VERIFIABLE = Benchmark(
    task="verifiable",
    check=check,
    validate=lambda name, parameters: dict(parameters),
    versions=lambda: f"spar-suite-{__version__}",
    checker="own",
)
