"""Groups loops of equal settings, which are one recipe with several seeds, and pools their scores."""

from __future__ import annotations

import json
import math
import statistics
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from spar_data.core.errors import importing
from spar_data.core.files import JsonValue
from spar_data.core.intervals import Estimate
from spar_eval.report.differences import differences
from spar_eval.run_folder import load_result
from spar_train.report.load import Loop


@dataclass(frozen=True)
class SeedGroup:
    """Loops that differ in their seed only.

    label: the recipe, with a letter if there are several groups of it. settings: those in which it differs from them.
    """

    label: str
    loops: tuple[Loop, ...]
    settings: str = ""

    @property
    def runs(self) -> str:
        """'one run, seed 0' or '2 runs, seeds 0, 1'."""
        seeds, n = ", ".join(str(loop.seed) for loop in self.loops), len(self.loops)
        return f"{n} runs, seeds {seeds}" if n > 1 else f"one run, seed {seeds}"

    def name_of(self, loop: Loop) -> str:
        return f"{self.label}, seed {loop.seed}" if len(self.loops) > 1 else self.label


def group_by_settings(loops: Sequence[Loop]) -> list[SeedGroup]:
    """Groups loops by their settings, in the order of the loops."""
    by_settings: dict[str, list[Loop]] = {}
    for loop in loops:
        by_settings.setdefault(json.dumps(loop.settings, sort_keys=True, default=str), []).append(loop)
    firsts = [members[0] for members in by_settings.values()]
    groups = []
    for members in by_settings.values():
        same_recipe = [first for first in firsts if first.recipe == members[0].recipe]
        letter = chr(ord("A") + next(i for i, first in enumerate(same_recipe) if first is members[0]))
        label = f"{members[0].recipe} {letter}" if len(same_recipe) > 1 else members[0].recipe
        differing = [
            f"{name} {setting_text(value)}"
            for name, value in members[0].settings.items()
            if any(other.settings.get(name) != value for other in same_recipe)
        ]
        groups.append(SeedGroup(label, tuple(members), "; ".join(differing)))
    return groups


def setting_text(value: JsonValue, longest: int = 60) -> str:
    """A setting in a few words; a model is shown by its name, not by the hash of its files."""
    if isinstance(value, dict) and "name" in value:
        return setting_text(value["name"], longest)
    if isinstance(value, list | tuple):
        return setting_text(", ".join(setting_text(v, longest) for v in value if v), longest) if value else "none"
    text = "none" if value in (None, "", {}) else value if isinstance(value, str) else json.dumps(value, default=str)
    return text if len(text) <= longest else f"{text[: longest - 1]}…"


def score_names(loops: Sequence[Loop]) -> dict[str, list[str]]:
    """The names of the headline scores of each evaluation, in order."""
    by_evaluation: dict[str, list[str]] = {}
    for loop in loops:
        for (evaluation, _), result in sorted(loop.results.items()):
            names = by_evaluation.setdefault(evaluation, [])
            names += [score.name for score in result.scores if score.name not in names]
    return by_evaluation


def scores_at(group: SeedGroup, evaluation: str, name: str) -> Iterator[tuple[int, list[Estimate]]]:
    """The iterations that have a score, with the score of every run of the group that has it."""
    by_loop = [_scores(loop, evaluation, name) for loop in group.loops]
    for iteration in sorted({iteration for scores in by_loop for iteration in scores}):
        yield iteration, [scores[iteration] for scores in by_loop if iteration in scores]


def pooled(scores: Sequence[Estimate]) -> Estimate:
    """The mean of several runs, with Student's 95% interval over runs; the score of one run, with its own interval."""
    if len(scores) == 1:
        return scores[0]
    n, name, unit, values = len(scores), scores[0].name, scores[0].unit, [score.value for score in scores]
    mean, low, high = student(values)
    if low == high:
        return Estimate.without_interval(name, mean, n, f"equal in all {n} runs: no interval", unit)
    stderr = statistics.stdev(values) / math.sqrt(n)
    return Estimate(name, mean, n, low, high, stderr, f"Student's t over {n} runs", unit)


def student(values: Sequence[float]) -> tuple[float, float, float]:
    """Mean and 95% interval of the mean of two or more independent runs (Student 1908)."""
    mean = statistics.fmean(values)
    half = t_point(len(values) - 1) * statistics.stdev(values) / math.sqrt(len(values))
    return mean, mean - half, mean + half


def t_point(freedom: int) -> float:
    """97.5% point of Student's t."""
    with importing("scipy", "train", "an interval over seeds"):
        from scipy.special import stdtrit
    return float(stdtrit(freedom, 0.975))


def change_since_start(group: SeedGroup, evaluation: str, name: str) -> tuple[int, Estimate] | None:
    """The last iteration that every run has, and the difference of its score to iteration 0.

    The difference is the mean over runs, or paired by prompt if there is one run. None if no run has both scores. Runs
    without a score at iteration 0 are left out.
    """
    by_loop = [(loop, _scores(loop, evaluation, name)) for loop in group.loops]
    started = [(loop, scores) for loop, scores in by_loop if 0 in scores]
    last = min((max(scores) for _, scores in started), default=0)
    if not last:
        return None
    pairs = [(loop, scores[0], scores[last]) for loop, scores in started if last in scores]
    if len(pairs) > 1:
        return last, pooled([replace(after, value=after.value - before.value) for _, before, after in pairs])
    return (last, _paired_difference(pairs[0][0], evaluation, name, last)) if pairs else None


def _paired_difference(loop: Loop, evaluation: str, name: str, last: int) -> Estimate:
    before, after = (load_result(loop.folder / f"iteration-{i}" / "eval" / evaluation) for i in (0, last))
    return next(d.score for d in differences(before, after) if not d.table and d.score.name == name)


def _scores(loop: Loop, evaluation: str, name: str) -> dict[int, Estimate]:
    """A score by iteration."""
    results = ((i, result) for (loop_evaluation, i), result in loop.results.items() if loop_evaluation == evaluation)
    return {i: s for i, result in results for s in result.scores if s.name == name and math.isfinite(s.value)}
