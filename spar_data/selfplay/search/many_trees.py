"""Searches many trees at once: one for each negative, all of them in flight over the same models."""

from __future__ import annotations

import asyncio
import dataclasses
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from spar_data.core.errors import SparError
from spar_data.core.event_loop import run_sync, run_workers
from spar_data.models import AnyModel, Budget, Limits, Report, Store, Tally, silent
from spar_data.models.ask import sessions
from spar_data.models.spending.tally import add_tallies
from spar_data.selfplay.judge.checkers import Constraints
from spar_data.selfplay.judge.judges import Judge
from spar_data.selfplay.records import Sample
from spar_data.selfplay.refine.refiners import Refiner
from spar_data.selfplay.search.one_tree import Grower, Tree
from spar_data.selfplay.search.orders import SearchConfig
from spar_data.selfplay.search.read_trees import best, outcome
from spar_data.selfplay.search.trees_file import trees_file

_CALLS = 256  # in flight if no number is given; twice as many trees, so that there is always one to go on with
_BATCH = 50_000  # trees in flight with the batch API, whose calls take hours
_AHEAD = 4  # how many times the trees in flight may be finished before the first of them

Keep = Callable[[Tree | None], None]


@dataclass(frozen=True)
class Grown:
    """tallies: of each model that was asked. counts: trees, refinements, and what became of them. unfinished: trees that are
    not in the file because the budget ended before they did; stopped names that budget."""

    out: Path
    tallies: Mapping[AnyModel, Tally]
    counts: Mapping[str, int]
    unfinished: int
    stopped: str

    @property
    def tally(self) -> Tally:
        """The sum over all models."""
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

    Every answer is stored before it counts, so a run that was stopped or killed at any moment continues in the middle of its
    trees, and equal answers give the same bytes, however many calls are in flight. A tree for which the budget of the run did
    not suffice is left out of the file and counted; the same call adds it.

    constraints: by prompt id, for rules and checkers. window: trees in flight; 0 means twice as many as calls. Raises
    SparError for what cannot be run.
    """
    counts: Counter[str] = Counter()
    with trees_file(out) as file:

        def keep(tree: Tree | None) -> None:
            if tree is None:
                counts["unfinished"] += 1
                return
            counts["trees"] += 1
            counts["succeeded"] += best(tree.nodes, config.success) is not None
            counts["no search"] += bool(tree.nodes[0].problem)
            counts["refinements"] += len(tree.nodes) - 1
            counts.update(outcome(node) for node in tree.nodes[1:])
            file.add(tree.nodes)

        roots = sorted(negatives, key=lambda sample: sample.id)
        tallies = search(roots, refiner, judge, config, store, limits, keep, report, constraints, window)
        file.write(out)
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
    keep: Keep,
    report: Report = silent,
    constraints: Mapping[str, Constraints] = {},
    window: int = 0,
) -> dict[AnyModel, Tally]:
    """Searches a tree for each root and gives it to `keep`, in the order of the roots; None for a tree for which the budget
    did not suffice. Returns the tally of each model. Further arguments as for `grow`."""
    _check(roots, refiner, judge, config, constraints)
    if not roots:
        return {}
    if refiner.model is None:  # the rules refine a text in one way only
        config = dataclasses.replace(config, branch=1, samples=1)
    budget = Budget.of(limits)
    width = window or (_BATCH if budget.limits.batch else 2 * (budget.limits.concurrency or _CALLS))
    models = [model for model in (refiner.model, judge.model) if model is not None]

    async def run() -> dict[AnyModel, Tally]:
        async with sessions(models, store, budget) as opened:
            pool = _Pool(roots, Grower(refiner, judge, config, opened), constraints, keep, width)

            def show() -> None:
                tally = add_tallies([session.tally for session in opened.values()])
                tally.note = f"{pool.done:,} of {len(roots):,} trees"
                report(tally)

            await run_workers(min(width, len(roots)), pool.work, show)
        return {model: session.tally for model, session in opened.items()}

    return run_sync(run())


class _Pool:
    """Trees that workers take one by one. Finished trees wait for those before them."""

    def __init__(
        self, roots: Sequence[Sample], grower: Grower, constraints: Mapping[str, Constraints], keep: Keep, width: int
    ) -> None:
        self.done = 0
        self._grower, self._constraints, self._keep = grower, constraints, keep
        self._ahead = _AHEAD * width
        self._roots = iter(enumerate(roots))  # shared by all workers: each takes the next one
        self._waiting: dict[int, Tree | None] = {}
        self._kept = 0
        self._room = asyncio.Condition()

    async def work(self) -> None:
        for number, root in self._roots:
            async with self._room:
                while number >= self._kept + self._ahead:
                    await self._room.wait()
            self._waiting[number] = await self._grower.tree(root, self._constraints.get(root.prompt_id, ()))
            self.done += 1
            async with self._room:
                while self._kept in self._waiting:
                    self._keep(self._waiting.pop(self._kept))
                    self._kept += 1
                self._room.notify_all()


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
    alone = refiner.model is None or judge.model is None
    beside = judge.rule.checkers != "beside" or refiner.rules_first
    checkable = any(constraints.get(sample.prompt_id) for sample in negatives) if alone else bool(constraints)
    if (alone or beside) and negatives and not checkable:
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
