"""Checks this installation: scores official responses and compares with stored verdicts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from spar_data.core.errors import SparError
from spar_data.sources.json_rows import json_lines


class SelfCheck(NamedTuple):
    """status: ok, FAILED, or absent (the data is not there). figures: what was computed, or why nothing was."""

    name: str
    status: str
    figures: str


Figures = tuple[bool, str]
"""(whether they are the expected ones, the figures)."""


def selftest(folder: Path) -> Iterator[SelfCheck]:
    """Runs every check for which the folder has the data. Raises SparError for a folder that does not exist."""
    if not folder.is_dir():
        raise SparError(f"{folder} is no folder: one with ifeval/, llmbar/, followbench/ and ifbench/ is expected")
    for name, data, check in _CHECKS:
        path = folder / data
        if not path.exists():
            yield SelfCheck(name, "absent", f"{path} is not there")
            continue
        try:
            passed, figures = check(path)
            yield SelfCheck(name, "ok" if passed else "FAILED", figures)
        except SparError as error:
            yield SelfCheck(name, "FAILED", str(error))


def _ifeval_verdicts(reference: Path) -> Figures:
    """All 834 strict and 834 loose verdicts on GPT-4's official responses, one by one."""
    from spar_eval.benchmarks.ifeval.benchmark import IFEVAL
    from spar_eval.instructions.accuracy import headline
    from spar_eval.instructions.score import score
    from spar_eval.responses import read_responses

    prompts = IFEVAL.load(reference.with_name("input_data.jsonl"))
    file = reference.with_name("input_response_data_gpt4_20231107_145030.jsonl")
    responses = read_responses(file, {prompt.id: prompt.text for prompt in prompts})
    items = score(prompts, responses.samples, IFEVAL.checkers())
    different = []
    for item, (where, row) in zip(items, json_lines(reference), strict=True):
        if str(row["key"]) != item.id:
            raise SparError(f"{where}: key {row['key']}, {item.id} is expected: the files belong to different releases")
        for metric in ("strict", "loose"):
            if [check.verdicts[metric] for check in item.checks] != row[f"follow_instruction_list_{metric}"]:
                different.append(f"{item.id} {metric}")
    scores = headline(items)[:4]
    figures = (
        f"{scores[1].n + scores[3].n:,} verdicts, {len(different)} prompts differ; prompt and instruction, strict, then loose: "
        f"{'/'.join(f'{score.n * score.value:.0f}' for score in scores)}"
    )
    return not different, figures + (f"; first {different[0]}" if different else "")


def _ifeval_intervals(reference: Path) -> Figures:
    """Intervals of GPT-4's scores, calculated by hand beforehand."""
    from spar_data.core.intervals import wilson
    from spar_eval.statistics.shares import clustered

    strict = [row["follow_instruction_list_strict"] for _, row in json_lines(reference)]
    prompt = wilson("", sum(map(all, strict)), len(strict))
    instruction = clustered("", [(sum(verdicts), len(verdicts)) for verdicts in strict])
    values = [prompt.value, prompt.stderr, prompt.low, prompt.high, instruction.value, instruction.stderr]
    figures = "{:.2f} +- {:.2f} [{:.2f}, {:.2f}], {:.2f} +- {:.2f}".format(*(100 * value for value in values))
    return figures == "77.08 +- 1.81 [73.35, 80.42], 83.69 +- 1.29", figures


def _ifeval_doctor(file: Path) -> Figures:
    """The three rows of the final release that are known to be wrong, and no other."""
    from spar_eval.benchmarks.ifeval.doctor import examine

    keys = sorted({finding.key for finding in examine(str(file)) if finding.severity == "error"})
    return keys == ["2078", "30", "337"], f"errors in keys {', '.join(keys)}"


def _ifbench_data(file: Path) -> Figures:
    """The test set, by its digest, with parameters that its 58 checkers take."""
    from spar_eval.benchmarks.ifbench import IFBENCH, TEST_SET
    from spar_eval.instructions.prompts import digest

    prompts = IFBENCH.load(file)
    kinds = {kind for prompt in prompts for kind, _ in prompt.instructions}
    figures = f"{len(prompts)} prompts of {len(kinds)} types, digest {digest(prompts)}"
    return figures == f"300 prompts of 58 types, digest {TEST_SET}", figures


def _llmbar_data(folder: Path) -> Figures:
    from spar_eval.benchmarks.llmbar.data import load_llmbar

    sizes = Counter(pair.subset for pair in load_llmbar(folder).pairs)
    figures = ", ".join(f"{subset} {n}" for subset, n in sorted(sizes.items()))
    return figures == "GPTInst 92, GPTOut 47, Manual 46, Natural 100, Neighbor 134", figures


def _followbench_data(folder: Path) -> Figures:
    from spar_eval.benchmarks.followbench.data import load_followbench
    from spar_eval.benchmarks.followbench.rules import has_rule

    data = load_followbench(folder)
    by_rules = sum(map(has_rule, data.prompts))
    figures = f"{len(data.groups)} groups, {len(data.prompts)} rows, {by_rules} of them scored by rules"
    return figures == "164 groups, 820 rows, 350 of them scored by rules", figures


_REFERENCE = "ifeval/reference_results_gpt4_20231107.jsonl"
_CHECKS: list[tuple[str, str, Callable[[Path], Figures]]] = [
    ("IFEval verdicts", _REFERENCE, _ifeval_verdicts),
    ("IFEval intervals", _REFERENCE, _ifeval_intervals),
    ("IFEval doctor", "ifeval/input_data.jsonl", _ifeval_doctor),
    ("IFBench data", "ifbench/IFBench_test.jsonl", _ifbench_data),
    ("LLMBar data", "llmbar", _llmbar_data),
    ("FollowBench data", "followbench/data", _followbench_data),
]
