"""Loops of the same settings are one recipe with several seeds: their scores as means with an interval over seeds."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from spar_data.core.intervals import student
from spar_eval.comparison.scores import differences
from spar_eval.results import Result, Score
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


@dataclass(frozen=True)
class Estimate:
    """A score of a group. n: runs that have it. basis: what the interval is about, or why there is none."""

    value: float
    low: float
    high: float
    n: int
    basis: str
    unit: str


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


def at(group: Group, evaluation: str, name: str, iteration: int) -> Estimate | None:
    """A score of an iteration: of one run with the interval it has, of several their mean. None if no run has it."""
    found = [score for loop in group.loops if (score := _score(loop, evaluation, name, iteration))]
    if not found:
        return None
    if len(found) == 1:
        only = found[0]
        told = only.method if math.isnan(only.low) else f"over {only.n:,} items ({only.method})"
        return Estimate(only.value, only.low, only.high, 1, told, only.unit)
    return _over_seeds([score.value for score in found], found[0].unit)


def change(group: Group, evaluation: str, name: str) -> tuple[int, Estimate] | None:
    """The last iteration that every run with a start has, and what its score is above that of iteration 0. Of several runs
    the mean of their differences; of one run paired by prompt."""
    loops = [loop for loop in group.loops if _score(loop, evaluation, name, 0)]
    ends = [
        max(i for (e, i) in loop.results if e == evaluation and _score(loop, evaluation, name, i)) for loop in loops
    ]
    if not ends or not min(ends):
        return None
    last = min(ends)
    loops = [loop for loop in loops if _score(loop, evaluation, name, last)]
    if not loops:
        return None
    if len(loops) == 1:
        return last, _paired(loops[0], evaluation, name, last)
    pairs = [(_score(loop, evaluation, name, 0), _score(loop, evaluation, name, last)) for loop in loops]
    steps = [after.value - before.value for before, after in pairs if before and after]
    unit = next(after.unit for _, after in pairs if after)
    return last, _over_seeds(steps, unit)


def _paired(loop: Loop, evaluation: str, name: str, last: int) -> Estimate:
    one, other = (_whole(loop, evaluation, number) for number in (0, last))
    found = [d.score for d in differences(one, other) if not d.table and d.score.name == name]
    score = found[0]
    return Estimate(score.value, score.low, score.high, 1, score.method, score.unit)


def _whole(loop: Loop, evaluation: str, iteration: int) -> Result:
    return load_result(loop.folder / f"iteration-{iteration}" / "eval" / evaluation)


def _over_seeds(values: Sequence[float], unit: str) -> Estimate:
    mean, low, high = student(values)
    if low == high:
        return Estimate(mean, math.nan, math.nan, len(values), f"equal in all {len(values)} runs: no interval", unit)
    return Estimate(mean, low, high, len(values), f"over {len(values)} runs (Student's t)", unit)


def _score(loop: Loop, evaluation: str, name: str, iteration: int) -> Score | None:
    result = loop.results.get((evaluation, iteration))
    scores = [each for each in result.scores if each.name == name and math.isfinite(each.value)] if result else []
    return scores[0] if scores else None
