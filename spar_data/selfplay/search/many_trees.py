"""Many trees at once: one for each negative, all of them in flight over the same models."""

from __future__ import annotations

import asyncio
import dataclasses
import os
import shutil
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from spar_data.core.errors import SparError
from spar_data.core.event_loop import run_sync
from spar_data.core.files import atomic, write_parquet
from spar_data.core.records import frame
from spar_data.models import AnyModel, Budget, Limits, Report, Store, Tally, silent
from spar_data.models.lazy_models import sessions
from spar_data.models.requests import Answer, Request
from spar_data.models.session import Session, first_error
from spar_data.models.spending.tally import add_tallies
from spar_data.selfplay.judge.checkers import Constraints
from spar_data.selfplay.judge.judges import Judge
from spar_data.selfplay.records import Node, Sample
from spar_data.selfplay.refine.refiners import Refiner
from spar_data.selfplay.search.one_tree import Ask, Grower, Tree
from spar_data.selfplay.search.orders import SearchConfig
from spar_data.selfplay.search.read_trees import best, summary

_CALLS = 256  # in flight, where nobody says how many may be; twice as many trees, so that none is ever short of trees
_BATCH = 50_000  # of the batch API, whose calls take hours
_TICK = 0.25  # seconds between two reports
_ROWS = 10_000  # in a part of the file, and in a row group


@dataclass(frozen=True)
class Grown:
    """tallies: of each model that was asked, by its spec. counts: trees, nodes, and what became of them. unfinished: trees
    that are not in the file, because the budget ended before they did; stopped says so."""

    out: Path
    tallies: Mapping[AnyModel, Tally]
    counts: Mapping[str, int]
    unfinished: int
    stopped: str

    @property
    def tally(self) -> Tally:
        """Of all models together."""
        return add_tallies(list(self.tallies.values()))


def grow(
    negatives: Sequence[Sample],
    refiner: Refiner,
    judge: Judge,
    config: SearchConfig,
    out: Path,
    store: Store,
    limits: Limits | Budget = Limits(),
    report: Report = silent,
    constraints: Mapping[str, Constraints] = {},
    window: int = 0,
) -> Grown:
    """Searches one tree for each negative and writes trees.parquet: Node rows, sorted by tree and node.

    Every answer is stored before it counts, so a run that was stopped or killed at any moment goes on in the middle of its
    trees, and equal answers give the same bytes, however many calls are in flight. A tree that the budget of the run did
    not suffice for is left out of the file and counted; the same call adds it.

    refiner, judge: the spec may be `rules`; of the rules refiner alone a node has one child. constraints: by prompt id,
    for the rules. window: trees in flight; 0 = twice as many as calls. Raises SparError for what cannot be run.
    """
    counts: Counter[str] = Counter()

    def keep(tree: Tree | None) -> None:
        if tree is None:
            counts["unfinished"] += 1
            return
        counts["trees"] += 1
        _count(counts, tree.nodes, config)
        parts.add(tree.nodes)

    ordered = sorted(negatives, key=lambda sample: sample.id)
    with _parts(out) as parts:
        tallies = search(ordered, refiner, judge, config, store, limits, keep, report, constraints, window)
        parts.write(out)
    unfinished = counts.pop("unfinished", 0)
    stopped = next((tally.stopped for tally in tallies.values() if tally.stopped), "") if unfinished else ""
    return Grown(out, tallies, {"trees": counts.pop("trees", 0), **dict(sorted(counts.items()))}, unfinished, stopped)


def search(
    roots: Sequence[Sample],
    refiner: Refiner,
    judge: Judge,
    config: SearchConfig,
    store: Store,
    limits: Limits | Budget,
    keep: Callable[[Tree | None], None],
    report: Report = silent,
    constraints: Mapping[str, Constraints] = {},
    window: int = 0,
) -> dict[AnyModel, Tally]:
    """The engine of `grow`: gives the tree of each root to `keep`, in the order of the roots, None for one that the budget did
    not suffice for. Returns what each model took."""
    _check(roots, refiner, judge, config, constraints)
    if refiner.model is None:  # all its refinements of a text are the same
        config = dataclasses.replace(config, branch=1, samples=1)
    budget = Budget.of(limits)
    width = window or (_BATCH if budget.limits.batch else 2 * (budget.limits.concurrency or _CALLS))
    models = [model for model in (refiner.model, judge.model) if model is not None]

    async def run() -> dict[AnyModel, Tally]:
        done = kept = 0
        waiting: dict[int, Tree | None] = {}
        todo = iter(enumerate(roots))
        room = asyncio.Condition()  # trees that are finished wait for those before them: not too many of them

        async def work() -> None:
            nonlocal done, kept
            for at, root in todo:  # shared by all workers: each takes the next one
                async with room:
                    while at >= kept + 4 * width:
                        await room.wait()
                waiting[at] = await grower.tree(root, constraints.get(root.prompt_id, ()))
                done += 1
                async with room:
                    while kept in waiting:
                        keep(waiting.pop(kept))
                        kept += 1
                    room.notify_all()

        async with sessions(models, store, budget) as opened:
            asks = _ask(opened, refiner.model), _ask(opened, judge.model)
            grower = Grower(refiner, judge, config, *asks, refiner.name)

            def say() -> None:
                found = add_tallies([session.tally for session in opened.values()])
                found.note = f"{done:,} of {len(roots):,} trees"
                report(found)

            ticker = asyncio.create_task(_every(_TICK, say))
            try:
                async with asyncio.TaskGroup() as group:
                    for _ in range(min(width, len(roots))):
                        group.create_task(work())
            except BaseExceptionGroup as errors:
                raise first_error(errors) from None
            finally:
                ticker.cancel()
                say()
        return {spec: session.tally for spec, session in opened.items()}

    return run_sync(run())


def _check(
    negatives: Sequence[Sample],
    refiner: Refiner,
    judge: Judge,
    config: SearchConfig,
    constraints: Mapping[str, Constraints],
) -> None:
    twice = [name for name, number in Counter(sample.id for sample in negatives).items() if number > 1]
    if twice:
        raise SparError(
            f"{len(twice):,} samples are negatives twice, the first is {twice[0]}: one tree for each is expected"
        )
    alone, beside = None in (refiner.model, judge.model), judge.rule.checkers != "beside" or refiner.rules_first
    known = any(constraints.get(sample.prompt_id) for sample in negatives) if alone else bool(constraints)
    if (alone or beside) and negatives and not known:
        raise SparError(
            "rules: none of the prompts has constraints that a program can check: those of a release's prompts.parquet are expected"
        )
    check_children(refiner, config)


def check_children(refiner: Refiner, config: SearchConfig) -> None:
    """Raises SparError if the refiner cannot make as many different children of a node as the order wants."""
    if refiner.rules_first and config.children == 1:
        raise SparError(
            f"rules beside a model: the order {config.order} makes one child of a node here, which the rules would make, so "
            "that the model would never be asked; another order with a branch of 2 or more, or one refiner, is expected"
        )
    if refiner.model is not None and not refiner.varies and config.children > 1:
        raise SparError(
            f"temperature 0 makes all {config.children} children of a node the same: more than 0 is expected"
        )


def _ask(opened: Mapping[AnyModel, Session], model: AnyModel | None) -> Ask:
    async def nobody(request: Request, first: int) -> list[Answer]:
        raise AssertionError("there is no model to ask")

    return nobody if model is None else opened[model].ask


async def _every(seconds: float, say: Callable[[], None]) -> None:
    with suppress(asyncio.CancelledError):
        while True:
            await asyncio.sleep(seconds)
            say()


def _count(counts: Counter[str], nodes: Sequence[Node], config: SearchConfig) -> None:
    counts["succeeded"] += best(nodes, config.success) is not None
    counts["no search"] += bool(nodes[0].problem)
    counts["refinements"] += len(nodes) - 1
    for node in nodes[1:]:
        counts[summary(node)] += 1


class _Parts:
    """Rows in memory until there are enough of them for a part on disk."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._rows: list[Node] = []
        self._files: list[Path] = []

    def add(self, nodes: Sequence[Node]) -> None:
        self._rows += nodes
        if len(self._rows) >= _ROWS:
            self._flush()

    def write(self, out: Path) -> None:
        if not self._files:
            write_parquet(out, frame(self._rows, Node))
            return
        self._flush()
        with atomic(out) as temporary:
            pl.scan_parquet(self._files).sink_parquet(
                temporary, compression="zstd", compression_level=9, row_group_size=_ROWS, maintain_order=True
            )

    def _flush(self) -> None:
        if self._rows:
            self._folder.mkdir(parents=True, exist_ok=True)
            self._files.append(self._folder / f"{len(self._files):06}.parquet")
            frame(self._rows, Node).write_parquet(self._files[-1], compression="lz4")
            self._rows = []


@contextmanager
def _parts(out: Path) -> Iterator[_Parts]:
    """What a killed run left behind is removed."""
    for old in out.parent.glob(f".{out.name}.*.parts"):
        with suppress(ProcessLookupError, PermissionError, ValueError):
            os.kill(int(old.name.split(".")[-2]), 0)
            continue
        shutil.rmtree(old, ignore_errors=True)
    folder = out.parent / f".{out.name}.{os.getpid()}.parts"
    try:
        yield _Parts(folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
