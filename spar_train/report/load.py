"""Reads from a loop's folder its scores, training curves, row counts and times. What is missing is listed, never guessed."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from spar_data.core.errors import SparError
from spar_data.core.files import JsonValue
from spar_eval.results import Result
from spar_eval.run_folder import load_result

ROLES = ("actor", "refiner")
StepMetrics = dict[str, float]
"""The finite numbers of a line of metrics.jsonl; `step` is always there."""
_Object = dict[str, JsonValue]


@dataclass(frozen=True)
class Loop:
    """A loop's folder.

    recipe, seed, state: as in loop.json. settings: all that decide the result, without the seed. results: by (evaluation,
    iteration). training: by role and iteration. counts: rows by iteration and stage. seconds: by iteration and step.
    missing: sentences about missing or unfinished parts.
    """

    folder: Path
    recipe: str
    seed: int
    state: str
    settings: _Object
    actor: str
    results: dict[tuple[str, int], Result] = field(default_factory=dict)
    training: dict[str, dict[int, list[StepMetrics]]] = field(default_factory=lambda: {role: {} for role in ROLES})
    counts: dict[int, dict[str, int]] = field(default_factory=dict)
    seconds: dict[int, dict[str, float]] = field(default_factory=dict)
    missing: list[str] = field(default_factory=list)


def load(folder: Path) -> Loop:
    """Raises SparError if loop.json is missing or not as the loop writes it."""
    facts, settings = _read_loop_json(folder)
    config = _object(facts.get("config")) or settings
    loop = Loop(
        folder=folder,
        recipe=str(settings.get("recipe") or settings.get("pairs") or "loop"),
        seed=_int(settings.get("seed")),
        state=str(facts.get("state", "")),
        settings={name: value for name, value in settings.items() if name not in ("seed", "iterations")},
        actor=str(config.get("actor", "")).rstrip("/").rpartition("/")[2],
    )
    if loop.state != "finished":
        reason = _shorten(str(facts.get("why") or "").strip().partition("\n")[0], folder)
        loop.missing.append(f"the loop is not finished ({loop.state or 'no state'}{f': {reason}' if reason else ''})")
    planned = _int(config.get("iterations"))
    for number in range(planned + 1):
        iteration_folder = folder / f"iteration-{number}"
        if not iteration_folder.is_dir():
            loop.missing.append(f"iteration {number} of {planned} was not begun")
            continue
        _load_results(loop, iteration_folder, number)
        if number:
            _load_training(loop, iteration_folder, number)
            loop.counts[number] = dict(_row_counts(iteration_folder))
    for name, step in _object(facts.get("steps")).items():
        iteration, _, step_name = name.partition("/")
        iteration = iteration.removeprefix("iteration-")
        seconds = _object(step).get("seconds")
        if iteration.isdecimal() and isinstance(seconds, int | float) and math.isfinite(seconds):
            loop.seconds.setdefault(int(iteration), {})[step_name] = float(seconds)
    return loop


def _read_loop_json(folder: Path) -> tuple[_Object, _Object]:
    """The file and its settings."""
    file = folder / "loop.json"
    try:
        facts = json.loads(file.read_text(encoding="utf-8"))
    except OSError:
        raise SparError(f"{file} does not exist: the folder of `spar-train loop` is expected") from None
    except ValueError:
        raise SparError(f"{file} is not JSON: run the loop again, it goes on") from None
    if not isinstance(facts, dict) or not isinstance(facts.get("settings"), dict):
        raise SparError(f"{file}: 'settings' is missing: not as `spar-train loop` writes it")
    return facts, facts["settings"]


def _load_results(loop: Loop, iteration_folder: Path, number: int) -> None:
    """Loads scores only; items are read when a difference needs them."""
    folders = sorted(iteration_folder.glob("eval/*/"))
    for folder in folders:
        try:
            loop.results[folder.name, number] = load_result(folder, items=False)
        except SparError as error:
            loop.missing.append(f"iteration {number}, {folder.name}: {_shorten(str(error), iteration_folder)}")
    if not folders:
        loop.missing.append(f"iteration {number}: no evaluation")


def _load_training(loop: Loop, iteration_folder: Path, number: int) -> None:
    for role in ROLES:
        folder = iteration_folder / role
        if not folder.is_dir():
            if role == "actor":
                loop.missing.append(f"iteration {number}: no training of the actor")
            continue
        steps = list(_read_metrics(folder / "metrics.jsonl"))
        if steps:
            loop.training[role][number] = steps
        if not _read_object(folder / "train.json").get("finished"):
            progress = f"stopped at step {steps[-1]['step']:,.0f}" if steps else "no metrics"
            loop.missing.append(f"iteration {number}: training of the {role} is not finished ({progress})")


def _read_metrics(file: Path) -> Iterator[StepMetrics]:
    """Skips lines without a step, such as a last line that was torn off."""
    try:
        text = file.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return
    for line in text.splitlines():
        try:
            values = json.loads(line)
        except ValueError:
            continue
        if isinstance(values, dict) and isinstance(values.get("step"), int):
            yield {k: float(v) for k, v in values.items() if isinstance(v, int | float) and math.isfinite(v)}


def _row_counts(iteration_folder: Path) -> Iterator[tuple[str, int]]:
    """Counts of prompts, responses, verdicts, failing responses, trees and rows, from the files of the steps."""
    run = _read_object(iteration_folder / "selfplay" / "run.json")
    funnel, trees = _object(run.get("funnel")), _object(run.get("trees"))
    recipes = _object(_read_object(iteration_folder / "pairs" / "statistics.json").get("recipes"))
    counts: dict[str, JsonValue] = {
        "prompts": funnel.get("prompts"),
        "responses": funnel.get("samples"),
        "judged": funnel.get("judged"),
        **{f"judged {verdict}": n for verdict, n in _object(funnel.get("verdicts")).items()},
        "failing responses to refine": funnel.get("negatives"),
        **{f"trees: {name}": n for name, n in _object(trees.get("counts")).items()},
        **{f"rows: {recipe}": _object(cut).get("rows") for recipe, cut in recipes.items()},
        "rows: gold": _read_object(iteration_folder / "gold" / "summary.json").get("rows"),
    }
    for name, count in counts.items():
        if isinstance(count, int) and not isinstance(count, bool):
            yield name, count


def _read_object(file: Path) -> _Object:
    """Empty for a file that is missing or holds no JSON object."""
    try:
        return _object(json.loads(file.read_text(encoding="utf-8")))
    except (OSError, ValueError):
        return {}


def _object(value: JsonValue) -> _Object:
    return value if isinstance(value, dict) else {}


def _int(value: JsonValue) -> int:
    return value if isinstance(value, int) else 0


def _shorten(text: str, folder: Path) -> str:
    """Removes the folder's path: a report may be passed on."""
    return text.replace(f"{folder}/", "")
