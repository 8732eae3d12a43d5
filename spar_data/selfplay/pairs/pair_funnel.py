"""The way from responses to training rows, one step after another with exact counts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from spar_data.prompts.ledger import StageCount
from spar_data.selfplay.pairs.pair_set import Cut, by_prompt, problem_kind
from spar_data.selfplay.records import Sample


def pair_funnel(samples: Sequence[Sample], cuts: Mapping[str, Cut]) -> list[StageCount]:
    """The steps that all recipes share, then one step for each recipe, in the form of the funnel of a prompt set."""
    usable = [sample for sample in samples if not sample.problem]
    problems = Counter(problem_kind(sample.problem) for sample in samples if sample.problem)
    undecided = Counter(_undecided(sample) for sample in usable if _undecided(sample))
    prompts = [_no_negative(group) for _, group in by_prompt(samples)]
    steps = [
        _step("responses", len(samples), problems),
        _step("responses judged", len(usable), undecided),
        _step("prompts with a failing response", len(prompts), Counter(filter(None, prompts))),
    ]
    for name, cut in cuts.items():
        unit, number = next(iter(cut.started.items()))
        reasons = {reason: n for (of, reason), n in cut.excluded.items() if of == unit.removesuffix("s")}
        steps.append(_step(f"{name}: {unit}", number, Counter(reasons)))
    return steps


def _step(stage: str, entered: int, reasons: Counter[str]) -> StageCount:
    failed = reasons["failed"]
    dropped = reasons.total() - failed
    ranked = sorted(((reason, n) for reason, n in reasons.items() if n), key=lambda item: (-item[1], item[0]))
    return StageCount(stage, entered, entered - dropped - failed, dropped, failed, ranked)


def _undecided(sample: Sample) -> str:
    """Why a response has no verdict Yes or No, "" if it has one."""
    return "" if sample.votes.verdict in ("Yes", "No") else sample.votes.verdict or "not judged"


def _no_negative(samples: list[Sample]) -> str:
    """Why a prompt has no failing response, "" if it has one."""
    verdicts = {sample.votes.verdict for sample in samples if not sample.problem}
    if "No" in verdicts:
        return ""
    return "every judged response follows" if "Yes" in verdicts else "no verdict on any" if verdicts else "no response"
