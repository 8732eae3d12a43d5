"""The prompts of a release as a benchmark: scored with the checkers that the prompts carry."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from spar_data import __version__
from spar_data.constraints import run_checker
from spar_data.constraints.verdict import Verdict
from spar_data.core.errors import SparError
from spar_data.sources.release_prompts import read_prompts
from spar_eval.instructions.benchmark import Benchmark
from spar_eval.instructions.score import Prompt


def prompts_of(file: Path) -> list[Prompt]:
    """The prompts of a release's prompts.parquet that have constraints which a checker covers wholly, with these.

    An instruction's id is "type:leaf" ("format.length:words"), its kwargs are checker and params. Raises SparError for a
    file that is none, and for one without such a prompt.
    """
    found = []
    for prompt in read_prompts(file):
        instructions = tuple(
            (":".join(each.leaf.rsplit(".", 1)), {"checker": each.checker, "params": each.params})
            for each in prompt.constraints
            if each.covers == "whole"
        )
        if instructions:
            found.append(Prompt(prompt.id, prompt.text, instructions))
    if not found:
        raise SparError(f"{file}: no prompt has a constraint that a program can verify: nothing to score")
    return found


def check(name: str, response: str, kwargs: Mapping[str, Any]) -> Verdict:
    """The verdict of the project's own checker."""
    return run_checker(kwargs["checker"], response, kwargs["params"])


def _any(name: str, kwargs: Mapping[str, Any]) -> dict[str, Any]:
    return dict(kwargs)


VERIFIABLE = Benchmark(
    task="verifiable",
    hub="",
    split="",
    files=(),
    validate=_any,
    check=check,
    versions=lambda: f"spar-suite-{__version__}",
    checker="own",
)
