"""Loops of the same settings are one recipe with several seeds: their scores as means with an interval over seeds."""

from __future__ import annotations

import json
import math
import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from spar_data.core.errors import missing_package
from spar_data.core.intervals import Estimate
from spar_eval.report.differences import differences
from spar_eval.run_folder import load_result
from spar_train.report.load import Loop


@dataclass(frozen=True)
class Group:
    """label: the recipe, with a letter where there are several groups of it. apart: what sets it apart from those."""

    label: str
    loops: tuple[Loop, ...]
    apart: str = ""

    @property
    def seeds(self) -> str:
        return ", ".join(str(loop.seed) for loop in self.loops)


def groups(loops: Sequence[Loop]) -> list[Group]:
    """Loops by settings, in the order given."""
    found: dict[str, list[Loop]] = {}
    for loop in loops:
        found.setdefault(json.dumps(loop.settings, sort_keys=True, default=str), []).append(loop)
    made = []
    for members in found.values():
        same = [other[0] for other in found.values() if other[0].recipe == members[0].recipe]
        place = next(i for i, other in enumerate(same) if other is members[0])
        label = f"{members[0].recipe} {chr(ord('A') + place)}" if len(same) > 1 else members[0].recipe
        made.append(Group(label, tuple(members), "; ".join(_differing(members[0], same))))
    return made


def _differing(loop: Loop, others: Sequence[Loop]) -> Iterable[str]:
    for name, value in loop.settings.items():
        if any(other.settings.get(name) != value for other in others):
            yield f"{name} {told(value)}"


def told(value: Any, most: int = 60) -> str:
    """A setting in a few words: models by their names, not by the hash of their files."""
    if isinstance(value, dict) and "name" in value:
        return told(value["name"], most)
    if isinstance(value, list | tuple):
        return told(", ".join(told(each, most) for each in value if each), most) if value else "none"
    text = "none" if value in (None, "", {}) else value if isinstance(value, str) else json.dumps(value, default=str)
    return text if len(text) <= most else f"{text[: most - 1]}…"


def scores(loops: Sequence[Loop]) -> dict[str, list[str]]:
    """By evaluation the names of its headline scores, in order."""
    found: dict[str, list[str]] = {}
    for loop in loops:
        for (evaluation, _), result in sorted(loop.results.items()):
            names = found.setdefault(evaluation, [])
            names += [score.name for score in result.scores if score.name not in names]
    return found


def scores_at(group: Group, evaluation: str, name: str, iteration: int) -> list[Estimate]:
    """A score of an iteration, of every run of the group that has it."""
    return [score for loop in group.loops if (score := _score(loop, evaluation, name, iteration))]


def pooled(scores: Sequence[Estimate]) -> Estimate:
    """Of several runs the mean, with Student's 95% interval over runs; of one run its score with its own interval."""
    if len(scores) == 1:
        return scores[0]
    n, name, unit = len(scores), scores[0].name, scores[0].unit
    mean, low, high = student([score.value for score in scores])
    if low == high:
        return Estimate.without_interval(name, mean, n, f"equal in all {n} runs: no interval", unit)
    return Estimate(name, mean, n, low, high, (high - low) / 2 / t_point(n - 1), f"Student's t over {n} runs", unit)


def student(values: Sequence[float]) -> tuple[float, float, float]:
    """Mean and 95% interval of the mean of two or more independent runs (Student 1908)."""
    mean = statistics.fmean(values)
    half = t_point(len(values) - 1) * statistics.stdev(values) / math.sqrt(len(values))
    return mean, mean - half, mean + half


def t_point(freedom: int) -> float:
    """97.5% point of Student's t."""
    try:
        from scipy.special import stdtrit
    except ImportError:
        raise missing_package("scipy", "train", "an interval over seeds") from None
    return float(stdtrit(freedom, 0.975))


def change(group: Group, evaluation: str, name: str) -> tuple[int, Estimate] | None:
    """The last iteration that every run with a start has, and the score's difference to iteration 0: of several runs the
    mean of their differences, of one run paired by prompt."""
    loops = [loop for loop in group.loops if _score(loop, evaluation, name, 0)]
    ends = [
        max(i for (e, i) in loop.results if e == evaluation and _score(loop, evaluation, name, i)) for loop in loops
    ]
    if not ends or not min(ends):
        return None
    last = min(ends)
    pairs = [
        (before, after)
        for loop in loops
        if (before := _score(loop, evaluation, name, 0)) and (after := _score(loop, evaluation, name, last))
    ]
    if not pairs:
        return None
    if len(pairs) == 1:
        (loop,) = (loop for loop in loops if _score(loop, evaluation, name, last))
        return last, _paired(loop, evaluation, name, last)
    return last, pooled([replace(after, value=after.value - before.value) for before, after in pairs])


def _paired(loop: Loop, evaluation: str, name: str, last: int) -> Estimate:
    before, after = (load_result(loop.folder / f"iteration-{i}" / "eval" / evaluation) for i in (0, last))
    return next(d.score for d in differences(before, after) if not d.table and d.score.name == name)


def _score(loop: Loop, evaluation: str, name: str, iteration: int) -> Estimate | None:
    result = loop.results.get((evaluation, iteration))
    return next((s for s in result.scores if s.name == name and math.isfinite(s.value)), None) if result else None
