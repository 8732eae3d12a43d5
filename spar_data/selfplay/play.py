"""Runs self-play: an actor responds, a judge finds the responses that fail, and a refiner searches for versions that pass."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

import polars as pl

from spar_data.core import run_folder
from spar_data.core.errors import SparError, nearest
from spar_data.core.files import JsonValue, write_parquet
from spar_data.core.records import Prompt
from spar_data.core.tables import frame
from spar_data.models import AnyModel, Budget, Limits, Store, Tally, identify, model_label, open_store, silent
from spar_data.models.model_spec import RULES
from spar_data.models.phases import Reports
from spar_data.selfplay import run_json
from spar_data.selfplay.funnel import Funnel
from spar_data.selfplay.judge.checkers import wholly_checkable
from spar_data.selfplay.negatives import collect
from spar_data.selfplay.play_config import PlayConfig
from spar_data.selfplay.records import Sample
from spar_data.selfplay.search.many_trees import grow
from spar_data.selfplay.stored_rows import read_records
from spar_data.sources.prompts import Prompts, as_prompts

RUN_FILE = "run.json"
TREES_FILE = "trees.parquet"
_OPTIONAL = ("search",)  # settings that a run without a search leaves out


@dataclass(frozen=True, repr=False)
class Played:
    """A self-play run, whose folder holds samples.parquet, negatives.parquet, trees.parquet and run.json.

    source      path and hash of the file of the prompts, if they came from one.
    funnel      counts of prompts and responses by what became of them.
    calls       tokens and money of each phase.
    trees       counts of the search: trees, refinements, and what became of them; None if nothing was searched.
    unfinished  trees that are not in the file because the budget ended first; the same call adds them.
    stopped     the budget that ended the run, else "".
    """

    folder: Path
    config: PlayConfig
    source: dict[str, JsonValue]
    funnel: Funnel
    calls: list[tuple[str, Tally]]
    trees: Mapping[str, int] | None
    unfinished: int
    stopped: str

    def __repr__(self) -> str:
        counts = f"{self.funnel.outcomes.total():,} prompts, {self.funnel.negatives:,} negatives"
        if self.trees is not None:
            counts += f", {self.trees['trees']:,} trees, {self.trees.get('succeeded', 0):,} succeeded"
        return f"Played({str(self.folder)!r}: {counts})"

    @property
    def state(self) -> str:
        """finished, negatives (nothing was to be searched), or stopped."""
        return "stopped" if self.stopped else "negatives" if self.config.no_search else "finished"

    def __fspath__(self) -> str:
        return str(self.folder)

    def to_polars(self, name: str = "samples") -> pl.DataFrame:
        """The rows of samples, negatives or trees."""
        return pl.read_parquet(self.folder / f"{name}.parquet")

    def to_dict(self) -> dict[str, JsonValue]:
        """The facts that run.json holds beside the settings."""
        config = self.config
        facts: dict[str, JsonValue] = {
            "state": self.state,
            "source": dict(self.source),
            "models": {
                "actor": model_label(config.actor),
                "refiner": " + ".join(map(model_label, config.refiner)),
                "judge": RULES if config.judging.model is None else model_label(config.judging.model),
            },
            "funnel": self.funnel.to_dict(),
            "calibration": self.funnel.calibration.to_dict(),
            "phases": {phase: tally.to_dict() for phase, tally in self.calls},
            "stopped": self.stopped,
        }
        if self.trees is not None:
            stopped = self.stopped if self.unfinished else ""
            facts["trees"] = {"counts": dict(self.trees), "unfinished": self.unfinished, "stopped": stopped}
        return facts


def play(
    prompts: Prompts,
    config: PlayConfig,
    out: Path,
    store: Store,
    limits: Limits | Budget = Limits(),
    reports: Reports = lambda phase: silent,
    limit: int = 0,
) -> Played:
    """Runs self-play and writes its folder. The same call continues a run that was stopped.

    limit: only the first prompts; 0 for all. Raises SparError, before anything is written, for a wrong model, for prompts
    without the constraints that rules need, and for a folder that holds a run with other settings.
    """
    chosen = select_prompts(prompts, config, limit)
    for model in (config.actor, config.refining.model, config.judging.model):
        if model is not None:
            identify(model)
    if config.needs_constraints and not any(prompt.constraints for prompt in chosen):
        raise SparError("rules need the constraints of the prompts: the prompts.parquet of a release is expected")
    settings = _settings(chosen, config)
    run_folder.claim(out, RUN_FILE, settings, _OPTIONAL)
    budget = Budget.of(limits)
    negatives = collect(chosen, config.actor, config.judging, config.negatives, out, store, budget, reports)
    trees, unfinished, calls, stopped = None, 0, list(negatives.tallies), negatives.stopped
    if not config.no_search and not stopped:
        roots, constraints = (
            read_records(negatives.negatives, Sample),
            {prompt.id: prompt.constraints for prompt in chosen},
        )
        where = out / TREES_FILE, store, budget, reports("search")
        grown = grow(roots, config.refining, config.judging, config.tree, *where, constraints)
        trees, unfinished, stopped = grown.counts, grown.unfinished, grown.stopped
        calls += [("search", grown.tally)] if roots else []
    path = str(prompts) if isinstance(prompts, str | os.PathLike) else _write_prompts(chosen, out)
    played = Played(out, config, run_json.place(path), negatives.funnel, calls, trees, unfinished, stopped)
    run_folder.finish(out, RUN_FILE, settings, played.to_dict(), _OPTIONAL)
    return played


def select_prompts(prompts: Prompts, config: PlayConfig, limit: int = 0) -> list[Prompt]:
    """The prompts of a run."""
    chosen = [prompt for prompt in as_prompts(prompts) if not config.verifiable or wholly_checkable(prompt.constraints)]
    return chosen[: limit or None]


def _write_prompts(prompts: Sequence[Prompt], out: Path) -> str:
    """Keeps the constraints of prompts that came from no file, for whoever reads the run. Returns the path, "" for none."""
    if not any(prompt.constraints for prompt in prompts):
        return ""
    file = out / "prompts.parquet"
    write_parquet(file, frame(prompts, Prompt).rename({"text": "prompt"}))
    return str(file)


def _settings(prompts: Sequence[Prompt], config: PlayConfig) -> dict[str, JsonValue]:
    """The settings for run.json: everything that decides the result."""
    search: dict[str, JsonValue] = {
        "refiner": run_json.model(config.refining.model),
        "order": config.search,
        "branch": config.branch,
        "beam": config.beam,
        "depth": config.depth,
        "nodes": config.nodes,
        "tokens": config.tree_tokens,
        "early_stop": config.early_stop,
        "refine_tokens": config.refine_tokens,
        "rules_first": config.refining.rules_first,
    }
    return {
        **run_json.source([prompt.id for prompt in prompts]),
        "actor": run_json.model(config.actor),
        "judge": run_json.judge(config.judging),
        **asdict(config.negatives),
        "min_valid": config.min_valid,
        "exact_vote": "" if config.checkers == "beside" else config.checkers,
        "search": None if config.no_search else search,
    }


def self_play(
    prompts: Prompts,
    actor: AnyModel,
    refiner: AnyModel | Sequence[AnyModel],
    out: Path | str = Path("runs", "selfplay"),
    *,
    limit: int = 0,
    store: Store | Path | str | None = None,
    limits: Limits | Budget = Limits(),
    reports: Reports = lambda phase: silent,
    **values: Any,
) -> Played:
    """Lets an actor respond to prompts, finds the responses that fail, and searches for versions that pass.

    prompts  in any form that `as_prompts` takes.
    refiner  model that judges and refines; "rules" for the smallest edit by rules; both for a model with rules beside it.
    out      folder of the run: the same call continues in it, and `make_pairs` makes training rows from it.
    store    where answers are kept; None keeps them for this call only.
    values   further options of `spar-data selfplay`, e.g. judge="rules", samples=3, search="dfs", no_search=True.

    Raises SparError for wrong values and for what would fail every request.

    >>> from spar_data import Constraint, FunctionModel, Prompt, self_play
    >>> capitals = Constraint("", "Write in capitals.", "character.uppercase", "whole", {})
    >>> prompt = Prompt("p1", "Name a bird. Write in capitals.", (capitals,))
    >>> actor = FunctionModel(lambda request: "A robin.", name="actor")
    >>> played = self_play([prompt], actor, "rules", out="run", samples=2)
    >>> played
    Played('run': 1 prompts, 1 negatives, 1 trees, 1 succeeded)
    >>> played.to_polars("trees")["text"].to_list()
    ['A robin.', 'A ROBIN.']
    """
    refiners = (refiner,) if isinstance(refiner, str) or not isinstance(refiner, Sequence) else tuple(refiner)
    try:
        config = PlayConfig(actor, refiners, **values)
    except TypeError:
        names = {field.name for field in fields(PlayConfig)}
        unknown = next(name for name in values if name not in names)
        raise SparError(f"self_play has no option {unknown!r}.{nearest(unknown, names)}") from None
    with open_store(store) as opened:
        return play(prompts, config, Path(out), opened, limits, reports, limit)
