"""Replays official responses against stored verdicts: are the numbers that this installation prints the right ones?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from spar_data.core.errors import SparError
from spar_data.sources.json_rows import json_lines


class Outcome(NamedTuple):
    """status: ok, FAILED, or absent (the data is not there); told: what was found."""

    name: str
    status: str
    told: str


def selftest(folder: Path) -> Iterator[Outcome]:
    """Every check for which the folder has the data. Raises SparError for a folder that does not exist."""
    if not folder.is_dir():
        raise SparError(f"{folder} is no folder: one with ifeval/, llmbar/, followbench/ and ifbench/ is expected")
    for name, needed, run in _CHECKS:
        file = folder / needed
        if not file.exists():
            yield Outcome(name, "absent", f"{file} is not there")
            continue
        try:
            yield run(name, file)
        except SparError as error:
            yield Outcome(name, "FAILED", str(error))


def _ifeval_verdicts(name: str, file: Path) -> Outcome:
    """All 834 strict and 834 loose verdicts on GPT-4's official responses, one by one."""
    from spar_eval.benchmarks.ifeval.benchmark import IFEVAL
    from spar_eval.instructions.score import score
    from spar_eval.responses import read_responses

    prompts = IFEVAL.load(file.with_name("input_data.jsonl"))
    responses = read_responses(
        file.with_name("input_response_data_gpt4_20231107_145030.jsonl"),
        [p.id for p in prompts],
        [p.text for p in prompts],
    )
    items = score(prompts, responses.samples, IFEVAL.checkers())
    wrong, seen, totals = [], 0, [0, 0, 0, 0]
    for item, (where, row) in zip(items, json_lines(file), strict=True):
        if str(row["key"]) != item.id:
            raise SparError(f"{where}: key {row['key']}, {item.id} is expected: the files belong to different releases")
        for at, metric in enumerate(("strict", "loose")):
            found = [check.verdicts[metric] for check in item.checks]
            seen += len(found)
            totals[2 * at] += all(map(bool, found))
            totals[2 * at + 1] += sum(map(bool, found))
            wrong += [f"{item.id} {metric}"] if found != row[f"follow_instruction_list_{metric}"] else []
    totals_told = "/".join(map(str, totals))
    told = f"{seen:,} verdicts, {len(wrong)} prompts differ; prompt and instruction, strict, then loose: {totals_told}"
    return Outcome(name, "FAILED" if wrong else "ok", told + (f"; first {wrong[0]}" if wrong else ""))


def _ifeval_statistics(name: str, file: Path) -> Outcome:
    """Intervals of GPT-4's scores, calculated by hand beforehand."""
    from spar_data.core.intervals import wilson
    from spar_eval.statistics.shares import clustered

    strict = [row["follow_instruction_list_strict"] for _, row in json_lines(file)]
    prompt = wilson("", sum(map(all, strict)), len(strict))
    instruction = clustered("", [(sum(each), len(each)) for each in strict])
    found = [prompt.value, prompt.stderr, prompt.low, prompt.high, instruction.value, instruction.stderr]
    told = "{:.2f} +- {:.2f} [{:.2f}, {:.2f}], {:.2f} +- {:.2f}".format(*(100 * each for each in found))
    return Outcome(name, "ok" if told == "77.08 +- 1.81 [73.35, 80.42], 83.69 +- 1.29" else "FAILED", told)


def _ifeval_doctor(name: str, file: Path) -> Outcome:
    """The three rows of the final release that are known to be wrong, and no other."""
    from spar_eval.benchmarks.ifeval.doctor import examine

    errors = sorted({finding.key for finding in examine(str(file)) if finding.severity == "error"})
    return Outcome(name, "ok" if errors == ["2078", "30", "337"] else "FAILED", f"errors in keys {', '.join(errors)}")


def _ifbench_data(name: str, file: Path) -> Outcome:
    """The test set, by its digest, with parameters that its 58 checkers take."""
    from spar_eval.benchmarks.ifbench import IFBENCH, TEST_SET
    from spar_eval.instructions.prompts import digest

    prompts = IFBENCH.load(file)
    kinds = {kind for prompt in prompts for kind, _ in prompt.instructions}
    found = digest(prompts)
    told = f"{len(prompts)} prompts of {len(kinds)} types, digest {found}"
    return Outcome(name, "ok" if (found, len(kinds)) == (TEST_SET, 58) else "FAILED", told)


def _llmbar_data(name: str, folder: Path) -> Outcome:
    from spar_eval.benchmarks.llmbar.data import load

    sizes = Counter(pair.subset for pair in load(str(folder)).pairs)
    told = ", ".join(f"{subset} {n}" for subset, n in sorted(sizes.items()))
    return Outcome(
        name, "ok" if told == "GPTInst 92, GPTOut 47, Manual 46, Natural 100, Neighbor 134" else "FAILED", told
    )


def _followbench_data(name: str, folder: Path) -> Outcome:
    from spar_eval.benchmarks.followbench.data import load_followbench
    from spar_eval.benchmarks.followbench.rules import has_rule

    data = load_followbench(folder)
    by_rules = sum(map(has_rule, data.prompts))
    sizes = f"{len(data.groups)} groups, {len(data.prompts)} rows, {by_rules} of them scored by rules"
    expected = "164 groups, 820 rows, 350 of them scored by rules"
    return Outcome(name, "ok" if sizes == expected else "FAILED", sizes)


_REFERENCE = "ifeval/reference_results_gpt4_20231107.jsonl"
_CHECKS: list[tuple[str, str, Callable[[str, Path], Outcome]]] = [
    ("IFEval verdicts", _REFERENCE, _ifeval_verdicts),
    ("IFEval intervals", _REFERENCE, _ifeval_statistics),
    ("IFEval doctor", "ifeval/input_data.jsonl", _ifeval_doctor),
    ("IFBench data", "ifbench/IFBench_test.jsonl", _ifbench_data),
    ("LLMBar data", "llmbar", _llmbar_data),
    ("FollowBench data", "followbench/data", _followbench_data),
]
