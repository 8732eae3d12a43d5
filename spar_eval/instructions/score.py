"""Scores responses, strictly and loosely.

Strict: the response meets the instruction as it stands. Loose: the response does, or one of up to seven variants of it
without its first line, its last line or its asterisks (Zhou et al. 2023, arXiv 2311.07911, section 3). Each instruction
may be met by another variant, as in the official code.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

from spar_data.constraints.verdict import LONGEST, Verdict
from spar_eval.instructions.prompts import BenchmarkPrompt, Instructions, Parameters
from spar_eval.responses import ResponseSample
from spar_eval.results import Check, Item

Checker = Callable[[str, str, Parameters], Verdict]
"""(instruction id, response, parameters) to the verdict. A function of a module, or a partial of one: it is sent to other
processes."""

_CHUNK = 200  # responses that are sent to a process at a time


def variants(response: str) -> Iterator[str]:
    """The texts that loose scoring tries besides the response itself, each once, none of them blank."""
    lines = response.split("\n")
    seen = {response}
    for text in (response, *("\n".join(part).strip() for part in (lines[1:], lines[:-1], lines[1:-1]))):
        for variant in (text, text.replace("*", "")):
            if variant not in seen and variant.strip():
                seen.add(variant)
                yield variant


def score(
    prompts: Sequence[BenchmarkPrompt],
    responses: Sequence[Sequence[ResponseSample]],
    checkers: Mapping[str, Checker],
    workers: int = 1,
    progress: Callable[[str, int], None] = lambda phase, rows: None,
) -> list[Item]:
    """One item per prompt and sample, with a check per instruction.

    checkers: by the suffix of their metrics; "" gives "strict" and "loose". workers: processes; the result does not depend
    on them. progress: called with the phase and the number of new items.
    """
    jobs = [
        (prompt, sample, response)
        for prompt, samples in zip(prompts, responses, strict=True)
        for sample, response in enumerate(samples)
    ]
    pairs = [(prompt.instructions, response) for prompt, _, response in jobs]
    chunks = [pairs[at : at + _CHUNK] for at in range(0, len(pairs), _CHUNK)]
    checks: list[tuple[Check, ...]] = []
    if workers < 2 or len(chunks) < 2 * workers:
        for chunk in chunks:
            checks += _checks(chunk, checkers)
            progress("score", len(chunk))
    else:
        with ProcessPoolExecutor(workers, get_context("spawn")) as pool:  # polars does not survive a fork
            for done in pool.map(_checks, chunks, [checkers] * len(chunks)):
                checks += done
                progress("score", len(done))
    return [_item(*job, of_item) for job, of_item in zip(jobs, checks, strict=True)]


def _checks(
    jobs: Sequence[tuple[Instructions, ResponseSample]], checkers: Mapping[str, Checker]
) -> list[tuple[Check, ...]]:
    """Strict and loose verdicts. What passes strictly passes loosely, so that only failures are tried in variants."""
    checked = []
    for instructions, response in jobs:
        others = list(variants(response.text)) if len(response.text) <= LONGEST else []
        checks = []
        for name, parameters in instructions:
            verdicts: dict[str, bool | None] = {}
            reasons = []
            for suffix, checker in checkers.items():
                strict = checker(name, response.text, parameters)
                loose = strict.passed or any(checker(name, text, parameters).passed for text in others)
                verdicts |= {f"strict{suffix}": strict.passed, f"loose{suffix}": loose}
                reasons.append(strict.reason)
            checks.append(Check(name, verdicts, response.problem or reasons[0]))
        checked.append(tuple(checks))
    return checked


def _item(prompt: BenchmarkPrompt, sample: int, response: ResponseSample, checks: tuple[Check, ...]) -> Item:
    detail: dict[str, object] = {"kwargs": [parameters for _, parameters in prompt.instructions]}
    if response.thinking:
        detail["thinking"] = response.thinking
    return Item(prompt.id, prompt.text, response.text, checks, sample, "", response.problem, detail)
