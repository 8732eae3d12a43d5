"""IFBench: 300 prompts with 58 types of instructions that code can verify, strict and loose.

The verdicts are those of the official code (Pyatkin et al. 2025, arXiv 2507.02833), made deterministic; its papers report
prompt-loose. Every failed instruction has its reason in responses.jsonl and report.html. Answers are kept: the same
command continues where it stopped.

\b
Examples:
  spar-eval ifbench --model smollm2 --limit 50
  spar-eval ifbench --model openai:my-model@http://localhost:8000/v1 --data IFBench_test.jsonl
  spar-eval ifbench --responses answers.jsonl --data IFBench_test.jsonl
  spar-eval ifbench --model openai:gpt-4o-mini --samples 5 --temperature 0.7 --dry-run
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from spar_data.constraints.ifbench import OFFICIAL, check, tagger, validate
from spar_data.models import AnyModel
from spar_data.sources.json_rows import RowSource
from spar_eval.instructions.benchmark import Benchmark, package_versions
from spar_eval.instructions.evaluate import evaluate
from spar_eval.instructions.prompts import BenchmarkPrompt
from spar_eval.responses import ResponseSource
from spar_eval.results import Result

TEST_SET = "0ef4cbcf"
"""`digest` of the 300 prompts of the test set."""

DEVIATIONS = {
    "ratio:overlap": "compares trigrams of characters, not of words",
    "ratio:sentence_words": "does not look at whether the words differ",
    "repeat:repeat_span": "takes the numbers of words for numbers of characters",
}
"""Instructions whose official checker does something else than their prompt asks."""

_START_VERB = "words:start_verb"


def ifbench(
    model: AnyModel | None = None,
    *,
    responses: ResponseSource | None = None,
    data: RowSource | None = None,
    **options: Any,
) -> Result:
    """Scores a model, or responses, on IFBench, with the verdicts of the official code.

    data: prompts in IFBench's format: a file, a dataset, mappings or a frame; None for the test set, from a local copy or
    the Hub. options: those of `evaluate`, e.g. `limit`, `max_tokens`, `samples`, `store`, `limits`.

    >>> from spar_eval import ifbench
    >>> prompts = [
    ...     {"key": 1, "prompt": "Name two numbers.", "instruction_id_list": ["count:numbers"], "kwargs": [{"N": 2}]},
    ... ]
    >>> ifbench(responses=["7 and 11"], data=prompts).score("prompt-loose").value
    1.0
    """
    data = IFBENCH.source if data is None else data
    return evaluate(IFBENCH, IFBENCH.load(data), model, responses=responses, source=data, **options)


def versions() -> str:
    """What verdicts depend on: "ifbench-2026.11 (official db69a6f),nltk 3.10.4,emoji 2.16.0,syllapy 0.8.0".

    The date changes with every change of a verdict.
    """
    return f"ifbench-2026.11 (official {OFFICIAL}),{package_versions('nltk', 'emoji', 'syllapy')}"


def _notes(prompts: Sequence[BenchmarkPrompt]) -> list[str]:
    names = [name for prompt in prompts for name, _ in prompt.instructions]
    notes = [
        f"{names.count(name)} of {name}: the official checker {deviation}; kept, so that scores compare"
        for name, deviation in DEVIATIONS.items()
        if name in names
    ]
    if _START_VERB in names and not tagger.installed():
        notes.append(
            f"{names.count(_START_VERB)} of {_START_VERB} could not be checked and count as failed: they need NLTK's tagger, "
            f"which no package brings: python -m nltk.downloader {tagger.NAME}"
        )
    return notes


IFBENCH = Benchmark(
    task="ifbench",
    check=check,
    validate=validate,
    versions=versions,
    files=("IFBench_test.jsonl",),
    hub="allenai/IFBench_test",
    notes=_notes,
    releases={TEST_SET: "test set"},
)
