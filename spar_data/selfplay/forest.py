"""Many trees at once: one for each negative, all of them in flight over the same models."""

from __future__ import annotations

import asyncio
import dataclasses
import os
import shutil
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from spar_data.errors import SparError
from spar_data.files import atomic, write_parquet
from spar_data.models import Limits, Report, Store, Tally, silent
from spar_data.models.requests import Answer, Request
from spar_data.models.session import Session, first_error
from spar_data.models.several import sessions, together
from spar_data.records import frame
from spar_data.selfplay.decoding import Refiner
from spar_data.selfplay.growing import Ask, Grower
from spar_data.selfplay.records import Node, Sample
from spar_data.selfplay.search import SearchConfig
from spar_data.selfplay.trees import best, summary
from spar_data.selfplay.verdicts import RULES, Constraints, Judge

_WINDOW = 512  # trees in flight, where nobody says how many calls may be
_BATCH = 50_000  # of the batch API, whose calls take hours
_TICK = 0.25  # seconds between two reports
_ROWS = 10_000  # in a part of the file, and in a row group


@dataclass(frozen=True)
class Grown:
    """tallies: of each model that was asked, by its spec. counts: trees, nodes, and what became of them. unfinished: trees
    that are not in the file, because the budget ended before they did; stopped says so."""

    out: Path
    tallies: Mapping[str, Tally]
    counts: Mapping[str, int]
    unfinished: int
    stopped: str

    @property
    def tally(self) -> Tally:
        """Of all models together."""
        return together(list(self.tallies.values()))


def grow(
    negatives: Sequence[Sample],
    refiner: Refiner,
    judge: Judge,
    config: SearchConfig,
    out: Path,
    store: Store,
    limits: Limits = Limits(),
    report: Report = silent,
    constraints: Mapping[str, Constraints] = {},
    window: int = 0,
) -> Grown:
    """Searches one tree for each negative and writes trees.parquet: Node rows, sorted by tree and node.

    Every answer is stored before it counts, so a run that was stopped or killed at any moment goes on in the middle of its
    trees, and equal answers give the same bytes, however many calls are in flight. A tree that the budget of the run did
    not suffice for is left out of the file and counted; the same call adds it.

    refiner, judge: the spec may be `rules`; of the rules refiner a node has one child. constraints: by prompt id, for the
    rules. window: trees in flight; 0 = about as many as calls. Raises SparError for what cannot be run.
    """
    _check(negatives, refiner, judge, config, constraints)
    if refiner.spec == RULES:
        config = dataclasses.replace(config, branch=1, samples=1)
    ordered = sorted(negatives, key=lambda sample: sample.id)
    width = window or (_BATCH if limits.batch else limits.concurrency or _WINDOW)
    counts: Counter[str] = Counter()
    unfinished = 0

    async def run(parts: _Parts) -> dict[str, Tally]:
        nonlocal unfinished
        specs = [spec for spec in (refiner.spec, judge.spec) if spec != RULES]
        done = 0
        todo = iter(enumerate(ordered))
        room = asyncio.Condition()  # trees that are finished wait for older ones: not too many of them

        async def work() -> None:
            nonlocal done, unfinished
            for at, root in todo:  # shared by all workers: each takes the next one
                async with room:
                    await room.wait_for(lambda at=at: at < parts.next + 4 * width)  # type: ignore[misc]
                nodes = await grower.tree(root, constraints.get(root.prompt_id, ()))
                done += 1
                unfinished += nodes is None
                if nodes:
                    _count(counts, nodes, config)
                async with room:
                    parts.add(at, nodes or [])
                    room.notify_all()

        async with sessions(specs, store, limits) as opened:
            asked = list(opened.values())
            grower = Grower(
                refiner, judge, config, _ask(opened.get(refiner.spec)), _ask(opened.get(judge.spec))
            )  # fmt: skip

            def say() -> None:
                found = together([session.tally for session in asked])
                found.note = f"{done:,} of {len(ordered):,} trees"
                report(found)

            ticker = asyncio.create_task(_every(_TICK, say))
            try:
                async with asyncio.TaskGroup() as group:
                    for _ in range(min(width, len(ordered))):
                        group.create_task(work())
            except BaseExceptionGroup as errors:
                raise first_error(errors) from None
            finally:
                ticker.cancel()
                say()
        return {spec: session.tally for spec, session in opened.items()}

    with _parts(out) as parts:
        tallies = asyncio.run(run(parts))
        parts.write(out)
    stopped = next((tally.stopped for tally in tallies.values() if tally.stopped), "") if unfinished else ""
    return Grown(
        out, tallies, {"trees": len(ordered) - unfinished, **dict(sorted(counts.items()))}, unfinished, stopped
    )


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
    rules = RULES in (refiner.spec, judge.spec) or bool(config.exact_vote)
    if rules and negatives and not any(constraints.get(sample.prompt_id) for sample in negatives):
        raise SparError(
            "rules: none of the prompts has constraints that a program can check: those of a release's prompts.parquet are expected"
        )
    if config.exact_vote and judge.spec == RULES:
        raise SparError(
            f"exact_vote = {config.exact_vote}: the judge is `rules` already; a model is expected beside it"
        )
    if config.min_valid > judge.votes:
        raise SparError(
            f"min_valid = {config.min_valid}, but there are {judge.votes} votes: no verdict could ever be valid"
        )
    wide = max(config.branch, config.samples if config.order == "best-of-n" else 1)
    if refiner.spec != RULES and refiner.temperature == 0 and wide > 1 and config.order not in ("greedy", "iterative"):
        raise SparError(f"temperature 0 makes all {wide} children of a node the same: more than 0 is expected")


def _ask(session: Session | None) -> Ask:
    async def nobody(request: Request, first: int) -> list[Answer]:
        raise AssertionError("`rules` is not asked")

    return session.ask if session else nobody


async def _every(seconds: float, say: object) -> None:
    with suppress(asyncio.CancelledError):
        while True:
            await asyncio.sleep(seconds)
            say()  # type: ignore[operator]


def _count(counts: Counter[str], nodes: Sequence[Node], config: SearchConfig) -> None:
    counts["succeeded"] += best(nodes, config.success) is not None
    counts["no search"] += bool(nodes[0].problem)
    counts["refinements"] += len(nodes) - 1
    for node in nodes[1:]:
        counts[summary(node)] += 1


class _Parts:
    """Trees in order, kept in memory until there are enough of them for a part on disk."""

    def __init__(self, folder: Path) -> None:
        self.next = 0
        self._folder = folder
        self._waiting: dict[int, Sequence[Node]] = {}
        self._rows: list[Node] = []
        self._files: list[Path] = []

    def add(self, at: int, nodes: Sequence[Node]) -> None:
        self._waiting[at] = nodes
        while self.next in self._waiting:
            self._rows += self._waiting.pop(self.next)
            self.next += 1
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
