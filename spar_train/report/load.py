"""What a loop's folder says of scores, training, rows and time, iteration by iteration. What is missing is said, not guessed."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from spar_data.core.errors import SparError
from spar_eval.results import Result
from spar_eval.run_folder import load_result

ROLES = ("actor", "refiner")
Line = dict[str, float]


@dataclass(frozen=True)
class Loop:
    """A loop's folder.

    recipe, seed, state: as loop.json says. settings: all that decides the result, without the seed.
    results: by (evaluation, iteration). training: lines of metrics.jsonl by (role, iteration). counts: by iteration what
    went in and came out, in order. seconds: by (iteration, step). missing: sentences.
    """

    folder: Path
    recipe: str
    seed: int
    state: str
    settings: dict[str, Any]
    actor: str
    results: dict[tuple[str, int], Result] = field(default_factory=dict)
    training: dict[tuple[str, int], list[Line]] = field(default_factory=dict)
    counts: dict[int, dict[str, int]] = field(default_factory=dict)
    seconds: dict[tuple[int, str], float] = field(default_factory=dict)
    missing: list[str] = field(default_factory=list)

    @property
    def name(self) -> str:
        return self.folder.resolve().name

    @property
    def iterations(self) -> list[int]:
        """Those of which there is anything."""
        found = {i for _, i in (*self.results, *self.training)} | set(self.counts) | {i for i, _ in self.seconds}
        return sorted(found)


def load(folder: Path) -> Loop:
    """Reads a folder. Raises SparError where loop.json is missing or not as the loop writes it."""
    facts = _facts(folder)
    settings = {name: value for name, value in facts["settings"].items() if name not in ("seed", "iterations")}
    config = facts.get("config")
    config = config if isinstance(config, dict) else facts["settings"]
    loop = Loop(
        folder=folder,
        recipe=str(facts["settings"].get("recipe") or facts["settings"].get("pairs") or "loop"),
        seed=_whole(facts["settings"].get("seed")),
        state=str(facts.get("state", "")),
        settings=settings,
        actor=str(config.get("actor", "")).rstrip("/").rpartition("/")[2],
    )
    if loop.state != "finished":
        why = _short(str(facts["why"]).strip().partition("\n")[0], folder) if facts.get("why") else ""
        loop.missing.append(f"the loop is not finished ({loop.state or 'no state'}{f': {why}' if why else ''})")
    planned = _whole(config.get("iterations"))
    for number in range(planned + 1):
        here = folder / f"iteration-{number}"
        if not here.is_dir():
            loop.missing.append(f"iteration {number} of {planned} was not begun")
            continue
        _results(loop, here, number)
        if number:
            _training(loop, here, number)
            loop.counts[number] = dict(_counts(here))
    for name, step in _dict(facts.get("steps")).items():
        first, _, rest = str(name).partition("/")
        at = first.removeprefix("iteration-")
        seconds = _dict(step).get("seconds")
        if at.isdecimal() and isinstance(seconds, int | float) and math.isfinite(seconds):
            loop.seconds[int(at), rest] = float(seconds)
    return loop


def _facts(folder: Path) -> dict[str, Any]:
    file = folder / "loop.json"
    try:
        facts = json.loads(file.read_text(encoding="utf-8"))
    except OSError:
        raise SparError(f"{file} does not exist: the folder of `spar-train loop` is expected") from None
    except ValueError:
        raise SparError(f"{file} is not JSON: run the loop again, it goes on") from None
    if not isinstance(facts, dict) or not isinstance(facts.get("settings"), dict):
        raise SparError(f"{file}: 'settings' is missing: not as `spar-train loop` writes it")
    return facts


def _results(loop: Loop, here: Path, number: int) -> None:
    """Evaluations of an iteration; the items are read only when a difference needs them."""
    there = sorted(here.glob("eval/*/"))
    for folder in there:
        try:
            loop.results[folder.name, number] = load_result(folder, items=False)
        except SparError as error:
            loop.missing.append(f"iteration {number}, {folder.name}: {_short(str(error), here)}")
    if not there:
        loop.missing.append(f"iteration {number}: no evaluation")


def _training(loop: Loop, here: Path, number: int) -> None:
    for role in ROLES:
        folder = here / role
        if not folder.is_dir():
            if role == "actor":
                loop.missing.append(f"iteration {number}: no training of the actor")
            continue
        lines = list(_lines(folder / "metrics.jsonl"))
        if lines:
            loop.training[role, number] = lines
        if not _json(folder / "train.json").get("finished"):
            done = f"stopped at step {lines[-1]['step']:,.0f}" if lines else "no metrics"
            loop.missing.append(f"iteration {number}: training of the {role} is not finished ({done})")


def _lines(file: Path) -> Iterator[Line]:
    """Numbers of each line that has a step; a torn last line is no line."""
    try:
        text = file.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return
    for each in text.splitlines():
        try:
            plain = json.loads(each)
        except ValueError:
            continue
        if isinstance(plain, dict) and isinstance(plain.get("step"), int):
            yield {k: float(v) for k, v in plain.items() if isinstance(v, int | float) and math.isfinite(v)}


def _counts(here: Path) -> Iterator[tuple[str, int]]:
    """Prompts, responses, verdicts, failing ones, trees, rows; what the files of the steps say."""
    play = _json(here / "selfplay" / "run.json")
    funnel = _dict(play.get("funnel"))
    for name, key in (("prompts", "prompts"), ("responses", "samples"), ("judged", "judged")):
        yield from _whole_number(name, funnel.get(key))
    for verdict, number in _dict(funnel.get("verdicts")).items():
        yield from _whole_number(f"judged {verdict}", number)
    yield from _whole_number("failing responses to refine", funnel.get("negatives"))
    for name, number in _dict(_dict(play.get("trees")).get("counts")).items():
        yield from _whole_number(f"trees: {name}", number)
    for recipe, cut in _dict(_json(here / "pairs" / "statistics.json").get("recipes")).items():
        yield from _whole_number(f"rows: {recipe}", _dict(cut).get("rows"))
    gold = _json(here / "gold" / "summary.json")
    yield from _whole_number("rows: gold", gold.get("rows"))


def _whole_number(name: str, value: Any) -> Iterator[tuple[str, int]]:
    if isinstance(value, int) and not isinstance(value, bool):
        yield name, value


def _json(file: Path) -> dict[str, Any]:
    try:
        return _dict(json.loads(file.read_text(encoding="utf-8")))
    except (OSError, ValueError):
        return {}


def _dict(value: Any) -> dict[Any, Any]:
    return value if isinstance(value, dict) else {}


def _whole(value: Any) -> int:
    return value if isinstance(value, int) else 0


def _short(text: str, here: Path) -> str:
    """Without the path of the folder: a report may travel."""
    return text.replace(f"{here}/", "")
