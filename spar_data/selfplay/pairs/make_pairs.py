"""From the folder of a self-play run to sets of training rows, by one or more recipes, with counts and measurements."""

from __future__ import annotations

import dataclasses
import os
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import combinations
from pathlib import Path
from typing import Any

import polars as pl

from spar_data.core.config import configure
from spar_data.core.errors import SparError, nearest
from spar_data.core.files import stream_parquet, write_json
from spar_data.core.tables import frame, schema
from spar_data.models import AnyModel, Budget, Limits, Store, Tally, identify
from spar_data.models.phases import Reports, open_phases
from spar_data.models.session import silent
from spar_data.prompts.ledger import StageCount
from spar_data.release.config import ReleaseConfig
from spar_data.selfplay.judge.calibration import Calibration, calibrate
from spar_data.selfplay.pairs.pair_funnel import pair_funnel
from spar_data.selfplay.pairs.pair_set import Cut, RowSet, StoredRows, by_tree, no_judge
from spar_data.selfplay.pairs.recipes import RECIPES, find_recipe
from spar_data.selfplay.pairs.statistics import Overlap, PairStatistics, measure, overlap
from spar_data.selfplay.pairs.trainer_formats import write_formats
from spar_data.selfplay.records import Dialogue, Pair
from spar_data.selfplay.run_folder import PlayFolder, open_folder
from spar_data.selfplay.search.tree_statistics import TreeStatistics, measure_trees
from spar_data.selfplay.stored_rows import read_added_rows

_BATCH = 10_000  # rows that are in memory a second time, as a frame
_MISSING = {
    "samples": "{name}: {path} holds no responses: run `spar-data selfplay` on prompts first",
    "nodes": "{name}: {path}/trees.parquet holds no trees: no response was judged to fail, or the search did not run",
    "sft": "{name}: the responses of an SFT set are needed: --add FILE names it",
}


@dataclass(frozen=True, repr=False)
class Pairs:
    """Training rows of a run.

    sets         rows by name of the set, e.g. "dpo"; no set is empty. Sets that were added are among them.
    cuts         by recipe: the rows again, and what was left out, with reasons.
    configs      by recipe.
    statistics   of the sets of pairs, by recipe, or by name where a set was added.
    overlaps     what two recipes have in common, by "one, other".
    calibration  the judge's verdicts compared with the checkers'.
    forest       statistics of the search trees, None if no tree was read.
    funnel       from responses to rows.
    calls        tokens and money of each phase that asked a model.
    """

    folder: PlayFolder
    sets: dict[str, RowSet]
    cuts: dict[str, Cut]
    configs: dict[str, Any]
    statistics: dict[str, PairStatistics]
    overlaps: dict[str, Overlap]
    calibration: Calibration
    forest: TreeStatistics | None
    funnel: list[StageCount]
    calls: list[tuple[str, Tally]]

    def __repr__(self) -> str:
        return f"Pairs({', '.join(f'{name}: {len(rows):,} rows' for name, rows in self.sets.items())})"

    def to_polars(self, name: str = "") -> pl.DataFrame:
        """The rows of one set, of the first one if no name is given. Raises SparError for an unknown name."""
        rows = self.sets.get(name or next(iter(self.sets)))
        if rows is None:
            raise SparError(f"there is no set {name!r}.{nearest(name, self.sets)}")
        return frame(list(rows), type(rows[0]))

    def to_dict(self) -> dict[str, Any]:
        """Numbers of rows and exclusions, statistics and calibration, as JSON."""
        return {
            "recipes": {name: _cut_to_dict(cut) for name, cut in self.cuts.items()},
            "statistics": {name: stats.to_dict() for name, stats in self.statistics.items()},
            "overlap": {name: dataclasses.asdict(common) for name, common in self.overlaps.items()},
            "forest": self.forest.to_dict() if self.forest else None,
            "calibration": self.calibration.to_dict(),
        }

    def write(self, out: Path | str, formats: Sequence[str] = ()) -> list[Path]:
        """Writes NAME.parquet for each set, JSON Lines in the formats of trainers, and statistics.json. Returns the files.

        formats: trl, llama-factory, axolotl, jsonl.
        """
        folder = Path(out)
        files = [*self.write_parquet(folder), *write_formats(folder, self.sets, formats), folder / "statistics.json"]
        write_json(files[-1], self.to_dict())
        return files

    def write_parquet(self, folder: Path) -> dict[Path, int]:
        """Writes NAME.parquet for each set. Returns the files with their numbers of rows."""
        files = {}
        for name, rows in self.sets.items():
            path = folder / f"{name}.parquet"
            stream_parquet(path, partial(_batches, rows), schema(type(rows[0])))
            files[path] = len(rows)
        return files


def make_pairs(
    run: str | os.PathLike[str] | PlayFolder,
    recipes: Sequence[str] | Mapping[str, Any] = ("spar",),
    *,
    add: Mapping[str, RowSet | str | os.PathLike[str]] = {},
    previous: str | os.PathLike[str] | None = None,
    judge: AnyModel = "",
    seed: int | None = None,
    store: Store | Path | str | None = None,
    limits: Limits | Budget = Limits(),
    reports: Reports = lambda phase: silent,
) -> Pairs:
    """Makes training rows of a self-play run by one or more recipes, and measures them.

    run       a folder that `self_play` or `spar-data selfplay` wrote, or the result of `self_play`.
    recipes   names, or configs by name, e.g. `{"direct": DirectConfig(pairs=3)}`. `spar-data pairs --help` lists them.
    add       sets that were made elsewhere, or their files, by name; they become part of the result, and `spin` takes its
              targets from them.
    previous  folder of the previous iteration, for `spin`.
    judge     model that scores responses, for the recipes that ask one; store: where its answers are kept, None for nowhere.
    seed      of every draw; None for the run's. Configs that are given keep their own.

    Raises SparError if rows are missing that a recipe needs, and if no row is left.

    >>> from spar_data import Constraint, FunctionModel, Prompt, make_pairs, self_play
    >>> capitals = Constraint("", "Write in capitals.", "character.uppercase", "whole", {})
    >>> prompt = Prompt("p1", "Name a bird. Write in capitals.", (capitals,))
    >>> actor = FunctionModel(lambda request: "A robin.", name="actor")
    >>> pairs = make_pairs(self_play([prompt], actor, "rules", out="run"))
    >>> pairs
    Pairs(dpo: 1 rows)
    >>> pairs.to_polars().select("chosen", "rejected").rows()
    [('A ROBIN.', 'A robin.')]
    """
    folder = run if isinstance(run, PlayFolder) else open_folder(Path(run))
    recipe_seed = folder.facts.seed if seed is None else seed
    configs = dict(recipes) if isinstance(recipes, Mapping) else pair_settings(recipes, recipe_seed)[0]
    asking = [name for name in configs if find_recipe(name).requests]
    if asking and not judge:
        no_judge(asking[0], ())
    added = {
        name: read_added_rows(Path(rows)) if isinstance(rows, str | os.PathLike) else rows for name, rows in add.items()
    }
    rows = _stored_rows(folder, configs, added, previous)
    if asking:
        identify(judge)  # raises SparError for a wrong spec before anything is asked
    with open_phases(store if asking else None, limits, reports) as phases:
        rows = dataclasses.replace(rows, ask=lambda phase, requests: phases.ask(phase, judge, requests))
        cuts = _cut_all(configs, rows, folder.path)
    return _measured(folder, rows, cuts, configs, added, phases.tallies)


def _stored_rows(
    folder: PlayFolder, names: Iterable[str], added: Mapping[str, RowSet], previous: str | os.PathLike[str] | None
) -> StoredRows:
    """The rows that the recipes need; trees whenever there are any, for their statistics."""
    replies = any(RECIPES[name].replies for name in names)
    trees = folder.has_trees or any("nodes" in RECIPES[name].needs for name in names)
    return StoredRows(
        folder.samples(replies),
        folder.nodes(replies) if trees else [],
        [row for rows in added.values() for row in rows if isinstance(row, Dialogue)],
        open_folder(Path(previous)).samples() if previous else (),
        folder.facts.system,
    )


def pair_settings(
    names: Iterable[str], seed: int, overrides: Sequence[str] = ()
) -> tuple[dict[str, Any], ReleaseConfig]:
    """The config of each recipe, and that of the release, from the seed and `RECIPE.KEY=VALUE` texts.

    Raises SparError for unknown names and keys.
    """
    sections = {name: name.replace("-", "_") for name in dict.fromkeys(names)}
    kinds = {section: find_recipe(name).config for name, section in sections.items()} | {"release": ReleaseConfig}
    fields = [(section, kind, dataclasses.field(default=kind())) for section, kind in kinds.items()]
    seeds = [f"{s}.seed={seed}" for s, kind in kinds.items() if "seed" in {f.name for f in dataclasses.fields(kind)}]
    settings: Any = configure(dataclasses.make_dataclass("PairSettings", fields, frozen=True), [*seeds, *overrides])
    return {name: getattr(settings, section) for name, section in sections.items()}, settings.release


def _cut_all(configs: Mapping[str, Any], rows: StoredRows, path: Path) -> dict[str, Cut]:
    cuts = {}
    for name, config in configs.items():
        recipe = RECIPES[name]
        for need in recipe.needs:
            if not getattr(rows, need):
                raise SparError(_MISSING[need].format(name=name, path=path))
        cuts[name] = recipe.cut(rows, config)
    if cuts and not any(cut.rows for cut in cuts.values()):
        losses = "\n".join(f"  {name}: {cut.losses()}" for name, cut in cuts.items())
        raise SparError(f"{path}: no row is left. Reasons:\n{losses}")
    return cuts


def _measured(
    folder: PlayFolder, rows: StoredRows, cuts: dict[str, Cut], configs: dict[str, Any], added: Mapping[str, RowSet],
    calls: list[tuple[str, Tally]],
) -> Pairs:  # fmt: skip
    sets = {**added, **{RECIPES[name].rows: cut.rows for name, cut in cuts.items()}}
    pairs = {name: cut.pairs for name, cut in cuts.items() if cut.pairs}
    for name, added_rows in added.items():
        if added_pairs := [row for row in added_rows if isinstance(row, Pair)]:
            pairs[name] = added_pairs
    return Pairs(
        folder=folder,
        sets={name: rows for name, rows in sets.items() if rows},
        cuts=cuts,
        configs=configs,
        statistics={name: measure(group) for name, group in pairs.items()},
        overlaps={f"{a}, {b}": overlap(pairs[a], pairs[b]) for a, b in combinations(pairs, 2)},
        calibration=calibrate(rows.samples, rows.nodes, folder.constraints(), folder.facts.rule),
        forest=measure_trees(nodes for _, nodes in by_tree(rows.nodes)) if rows.nodes else None,
        funnel=pair_funnel(rows.samples, cuts),
        calls=calls,
    )


def _cut_to_dict(cut: Cut) -> dict[str, Any]:
    kinds = Counter([pair.recipe for pair in cut.pairs] + [f"{d.kind} {d.label}".strip() for d in cut.dialogues])
    return {
        "set": RECIPES[cut.recipe].rows,
        "started": cut.started,
        "rows": len(cut.rows),
        "kinds": dict(sorted(kinds.items())),
        "excluded": [[unit, reason, number] for (unit, reason), number in sorted(cut.excluded.items())],
        "notes": {note: number for note, number in sorted(cut.notes.items()) if number},
    }


def _batches(rows: RowSet) -> Iterator[pl.DataFrame]:
    for start in range(0, len(rows), _BATCH):
        yield frame(list(rows[start : start + _BATCH]), type(rows[0]))
