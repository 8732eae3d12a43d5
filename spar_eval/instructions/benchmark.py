"""One way from responses to a Result for benchmarks whose instructions code can verify: IFEval and IFBench."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from spar_data import __version__
from spar_data.constraints.verdict import Verdict
from spar_data.core.intervals import Estimate
from spar_data.models.sampling import Sampling
from spar_eval.instructions import accuracy
from spar_eval.instructions.score import Prompt, digest
from spar_eval.responses import Responses
from spar_eval.results import Item, Result, Table


@dataclass(frozen=True)
class Benchmark:
    """task: its name in commands and folders. hub, split, files: where its data is. versions: names checkers and the
    libraries that decide verdicts. notes: what a reader of its scores has to know."""

    task: str
    hub: str
    split: str
    files: tuple[str, ...]
    validate: Callable[[str, Mapping[str, Any]], dict[str, Any]]
    check: Callable[[str, str, Mapping[str, Any]], Verdict]
    versions: Callable[[], str]
    notes: Callable[[Sequence[Prompt]], list[str]] = lambda prompts: []
    digests: Mapping[str, str] | None = None  # of known releases, to their names
    checker: str = "official"


def decoding(sampling: Sampling | None) -> str:
    """'greedy, max_tokens 2048', or that the responses came from a file."""
    if sampling is None:
        return "responses from a file"
    how = "greedy" if sampling.temperature == 0 else f"T {sampling.temperature:g}, top_p {sampling.top_p:g}"
    system = ", system prompt" if sampling.system else ""
    return f"{how}, max_tokens {sampling.max_tokens}{system}"


def assemble(
    benchmark: Benchmark,
    model: str,
    prompts: Sequence[Prompt],
    responses: Responses,
    items: Sequence[Item],
    sampling: Sampling | None,
    source: str,
    fixed: str = "",
    checker: str = "",
) -> Result:
    """The Result of scored items. fixed: suffix of the metrics of the repaired checkers, which then are the headline.
    checker: their name in the signature."""
    samples = len(responses.samples[0])
    named = (benchmark.digests or {}).get(digest(prompts), f"{len(prompts)} prompts")
    instructions = sum(len(p.instructions) for p in prompts)
    checker = checker or benchmark.checker
    signature = "|".join(
        (
            benchmark.task,
            f"data:{named},{digest(prompts)}",
            f"n:{len(prompts)}/{instructions}" + (f"x{samples}" if samples > 1 else ""),
            f"checker:{checker},{benchmark.versions()}",
            f"model:{model}",
            f"decoding:{decoding(sampling)}",
            f"spar-suite-{__version__}",
        )
    )
    scores = list(accuracy.headline(items))
    more = accuracy.tables(items)
    if fixed:
        repaired = accuracy.headline(items, fixed)
        more = [_delta(scores, repaired), *accuracy.tables(items, fixed), *more]
        scores = list(repaired)
    if samples > 1:
        more.insert(0, accuracy.pass_at(items, f"strict{fixed}"))
    counts = {**responses.counts, **accuracy.problems(items)}
    notes = [*benchmark.notes(prompts), *responses.notes]
    if counts.keys() - {"matched by place", "duplicate"}:
        notes.append(
            "a prompt without a usable response counts as failed in every score; what was cut off is not scored"
        )
    settings = {"data": source, "checker": checker, "sampling": asdict(sampling) if sampling else None}
    return Result(
        benchmark.task, model, signature, tuple(scores), tuple(items), tuple(more), counts, tuple(notes), settings
    )


def _delta(official: Sequence[Estimate], fixed: Sequence[Estimate]) -> Table:
    rows = []
    for before, after in zip(official, fixed, strict=True):
        rows += [before, after]
    return Table("official checkers, and the fixed ones", tuple(rows))
