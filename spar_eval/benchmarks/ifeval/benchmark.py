"""IFEval (Zhou et al. 2023, arXiv 2311.07911): 541 prompts with 25 types of instructions that code can verify."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import partial
from typing import Any

from spar_data.constraints.ifeval import FIXES, check, validate
from spar_data.models import AnyModel
from spar_data.sources.json_rows import RowSource
from spar_eval.benchmarks.ifeval.fresh import fresh_prompts
from spar_eval.instructions.benchmark import Benchmark, package_versions
from spar_eval.instructions.evaluate import evaluate
from spar_eval.instructions.prompts import BenchmarkPrompt
from spar_eval.responses import ResponseSource
from spar_eval.results import Result

FINAL_RELEASE = "9e4c9479"
"""`digest` of the prompts of the final release (June 2024)."""

SIZE = 541
_LANGDETECT = ("language:response_language", "change_case:english_capital", "change_case:english_lowercase")


def ifeval(
    model: AnyModel | None = None,
    *,
    responses: ResponseSource | None = None,
    data: RowSource | None = None,
    limit: int | None = None,
    **options: Any,
) -> Result:
    """Scores a model, or responses, on IFEval, with the verdicts of the official code.

    data: prompts in IFEval's format: a file, a dataset, mappings or a frame; "fresh" for new prompts of the same kind; None
    for IFEval's own, from a local copy or the Hub. options: those of `evaluate`, e.g. `max_tokens`, `samples`, `checker`,
    `refine`, `store`, `limits`.

    >>> from spar_data import FunctionModel
    >>> from spar_eval import ifeval
    >>> prompts = [
    ...     {"key": 1, "prompt": "Name three fruits. Use no commas.",
    ...      "instruction_id_list": ["punctuation:no_comma"], "kwargs": [{}]},
    ... ]
    >>> model = FunctionModel(lambda request: "apples and pears and plums", name="fruit seller")
    >>> ifeval(model, data=prompts).score("prompt-strict").value
    1.0
    >>> ifeval(responses=["apples, pears and plums"], data=prompts).items[0].checks[0].reason
    '1 comma, first at character 7'
    """
    data = IFEVAL.source if data is None else data
    return evaluate(IFEVAL, load_ifeval(data, limit), model, responses=responses, source=data, limit=limit, **options)


def load_ifeval(data: RowSource, limit: int | None = None) -> list[BenchmarkPrompt]:
    """The prompts in `data`; as many new ones as `limit` says if it is "fresh"."""
    return fresh_prompts(limit or SIZE) if isinstance(data, str) and data == "fresh" else IFEVAL.load(data)


def _versions() -> str:
    return f"ifeval-2024.06,{package_versions('nltk', 'langdetect')} seed 0"


def _notes(prompts: Sequence[BenchmarkPrompt]) -> list[str]:
    """Where the official code would not give the same number twice."""
    instructions = [(prompt.id, name, values) for prompt in prompts for name, values in prompt.instructions]
    signs = [
        key for key, _, values in instructions if "letter" in values and not re.match("[a-z]", values["letter"], re.I)
    ]
    detected = sum(name in _LANGDETECT for _, name, _ in instructions)
    notes = []
    if signs:
        notes.append(
            f"the official code counts a random letter instead of the sign asked for in {', '.join(signs)}; here the sign"
        )
    if detected:
        notes.append(f"langdetect decides {detected} instructions: seed 0 here, unseeded in the official code")
    return notes


IFEVAL = Benchmark(
    task="ifeval",
    check=check,
    validate=validate,
    versions=_versions,
    files=("input_data.jsonl",),
    hub="google/IFEval",
    notes=_notes,
    releases={FINAL_RELEASE: "final release"},
    repairs=tuple(FIXES),
    repair=lambda defects: partial(check, repaired=defects),
)
