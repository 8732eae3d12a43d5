"""Responses of the actor that fail their prompts (SPaR, arXiv 2412.11605, and the authors' infer.py, judge.py).

K responses a prompt, N judgements a response, the majority of the valid ones; a tie is judged again by further samples of
the same request and set aside if it stays one. Two phases, responses and then judgements, each with all of its requests
in flight; everything goes through the store, so that a run goes on where it was stopped. Memory does not depend on the
number of prompts, but for the ids of what was chosen.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from random import Random
from typing import Any

import polars as pl

from spar_data.errors import SparError
from spar_data.files import stream_parquet
from spar_data.ids import row_id
from spar_data.models import Answer, Completion, Failure, Limits, Store, Tally, identify, read
from spar_data.records import schema
from spar_data.respond import Rows, Sampling
from spar_data.selfplay.exact import Exact, judge_exactly
from spar_data.selfplay.funnel import Funnel
from spar_data.selfplay.records import Sample, Votes
from spar_data.selfplay.rounds import Reports, Rounds
from spar_data.selfplay.verdicts import RULES, Constraints, Judge
from spar_data.selfplay.voting import NOBODY, tied, votes

AUTHORS = Sampling(5, 0.9, 0.9, 2048)
"""How the authors' infer.py samples responses."""

_BATCH = 500  # prompts whose rows are in memory at once
_NOT_ASKED = Failure("not stored")


@dataclass(frozen=True)
class NegativesConfig:
    """The authors' values, but for min_valid and tie_rounds: they drop a tie at once, and one valid vote is enough.

    min_valid    valid votes that a verdict needs; 0 = more than half of them.
    tie_rounds   how often a tie is judged again, by as many votes, of which the last ones count.
    per_prompt   negatives a prompt at most, drawn at random by seed and prompt.
    """

    sampling: Sampling = AUTHORS
    min_valid: int = 0
    tie_rounds: int = 2
    per_prompt: int = 1
    seed: int = 0


@dataclass
class Collected:
    """samples, negatives: the files. tallies: of each phase. stopped: by what budget, else ""."""

    samples: Path
    negatives: Path
    funnel: Funnel
    tallies: list[tuple[str, Tally]] = field(default_factory=list)
    stopped: str = ""


def collect(
    prompts: Rows,
    actor: str,
    judge: Judge,
    config: NegativesConfig,
    out: Path,
    store: Store,
    limits: Limits = Limits(),
    reports: Reports | None = None,
    constraints: Mapping[str, Constraints] = {},
) -> Collected:
    """Writes samples.parquet (all responses, in the order of the prompts) and negatives.parquet (the chosen ones) into the
    folder `out`; both hold records.Sample.

    constraints: by prompt id, for `rules` as judge and for the checkers' verdict beside that of a model. Equal answers
    give equal bytes. Raises SparError for `rules` as actor and for what would fail every request.
    """
    if actor == RULES:
        raise SparError("--actor rules: rules cannot respond to prompts; a model is expected (`spar-data models`)")
    rounds = Rounds(store, limits, reports) if reports else Rounds(store, limits)
    work = _Work(prompts, actor, judge, config, store, constraints)
    requests = (config.sampling.request(row["prompt"]) for row in prompts())
    rounds.send("respond", actor, requests, sum(config.sampling.samples for _ in prompts()))
    if judge.spec != RULES:
        there = rounds.tallies[0][1]
        total = None if rounds.stopped else (there.cached + there.done) * judge.votes
        rounds.send("judge", judge.spec, (judge.request(p, r) for _, p, r in work.texts()), total)
        ties: set[str] | None = None
        for times in range(2, config.tie_rounds + 2):
            ties = work.ties(times - 1, ties)
            if not ties:
                break
            again = (judge.request(p, r, times) for _, p, r in work.texts(ties))
            rounds.send(f"ties {times - 1}", judge.spec, again, len(ties) * judge.votes * times)
    found = Collected(out / "samples.parquet", out / "negatives.parquet", Funnel(), rounds.tallies, rounds.stopped)
    chosen: set[str] = set()
    stream_parquet(found.samples, lambda: work.batches(found.funnel, chosen), schema(Sample))
    _keep(found.samples, found.negatives, chosen)
    return found


def read_samples(file: Path) -> list[Sample]:
    """The rows of samples.parquet or negatives.parquet. Raises SparError for a file that has no such rows."""
    try:
        rows = pl.read_parquet(file, columns=list(schema(Sample)))
    except (OSError, pl.exceptions.PolarsError) as error:
        raise SparError(f"{file}: rows of `spar-data selfplay` are expected: {str(error).splitlines()[0]}") from None
    return [Sample(**{**row, "votes": Votes(**row["votes"])}) for row in rows.iter_rows(named=True)]


def _keep(samples: Path, negatives: Path, chosen: set[str]) -> None:
    ids = pl.Series(sorted(chosen), dtype=pl.String).implode()
    rows = pl.scan_parquet(samples).filter(pl.col("id").is_in(ids))
    stream_parquet(negatives, lambda: rows.collect_batches(maintain_order=True, chunk_size=1000), schema(Sample))


class _Work:
    """Reads from the store what was answered; nothing here asks."""

    def __init__(
        self,
        prompts: Rows,
        actor: str,
        judge: Judge,
        config: NegativesConfig,
        store: Store,
        constraints: Mapping[str, Constraints],
    ) -> None:
        self._prompts, self._judge, self._config, self._store = prompts, judge, config, store
        self._constraints = constraints
        self._actor = identify(actor)
        self._who = None if judge.spec == RULES else identify(judge.spec)

    def responses(self) -> Iterator[tuple[dict[str, str], list[Answer]]]:
        """Every prompt with its answers."""
        requests = (self._config.sampling.request(row["prompt"]) for row in self._prompts())
        return zip(self._prompts(), read(self._actor, requests, self._store), strict=True)

    def texts(self, among: set[str] | None = None) -> Iterator[tuple[str, str, str]]:
        """(sample id, prompt, response) of every response there is, or of these samples."""
        for row in self._prompts():
            ids = [row_id(row["id"], str(number)) for number in range(self._config.sampling.samples)]
            if among is not None and among.isdisjoint(ids):
                continue
            answers = next(read(self._actor, [self._config.sampling.request(row["prompt"])], self._store))
            for i, answer in zip(ids, answers, strict=True):
                if isinstance(answer, Completion) and (among is None or i in among):
                    yield i, row["prompt"], answer.text

    def ties(self, times: int, among: set[str] | None) -> set[str]:
        """Ids of the samples on which the votes of round `times` are divided evenly; `among`: those of the round before."""
        return {
            i
            for i, prompt, response in self.texts(among)
            if tied(self._read(prompt, response, times), self._judge.votes, self._config.min_valid)
        }

    def batches(self, funnel: Funnel, chosen: set[str]) -> Iterator[pl.DataFrame]:
        """Rows of samples.parquet; counts them, and adds the ids of the negatives to `chosen`."""
        prompts = iter(self.responses())
        while some := list(islice(prompts, _BATCH)):
            rows: list[Sample] = []
            for row, answers in some:
                samples = self._samples(row, answers)
                failing = [sample.id for sample in samples if sample.votes.verdict == "No"]
                draw = Random(f"{self._config.seed}:{row['id']}")
                negatives = draw.sample(failing, min(self._config.per_prompt, len(failing)))
                chosen.update(negatives)
                funnel.add(samples, len(negatives), self._judge.votes, _checkable(self._wanted(row)))
                rows += samples
            columns = {name: [getattr(row, name) for row in rows] for name in schema(Sample)}
            columns["votes"] = [vars(row.votes) for row in rows]
            yield pl.DataFrame(columns, schema=schema(Sample))

    def _samples(self, row: dict[str, str], answers: list[Answer]) -> list[Sample]:
        ids = [row_id(row["id"], str(number)) for number in range(len(answers))]
        said = [self._votes(i, row, answer) for i, answer in zip(ids, answers, strict=True)]
        words = [each.verdict for each in said]
        sides = words.count("Yes") + words.count("No")
        rate = words.count("Yes") / sides if sides else None
        names = self._actor.name, self._who.name if self._who else RULES
        return [
            Sample(i, row["id"], row["prompt"], number, *_told(answer), each, *names, rate)
            for number, (i, answer, each) in enumerate(zip(ids, answers, said, strict=True))
        ]

    def _wanted(self, row: dict[str, str]) -> list[dict[str, Any]]:
        return [dict(each) for each in self._constraints.get(row["id"], ())]

    def _votes(self, sample_id: str, row: dict[str, str], answer: Answer) -> Votes:
        if not isinstance(answer, Completion):
            return NOBODY
        wanted = self._wanted(row)
        exact = judge_exactly(answer.text, wanted) if wanted else None
        if self._who is None:
            return _by_checkers(exact, wanted)
        for times in range(1, self._config.tie_rounds + 2):
            answers = self._read(row["prompt"], answer.text, times)
            chosen = Random(f"{self._config.seed}:{sample_id}")
            found = votes(answers, self._judge.votes, chosen, self._config.min_valid, exact)
            if found.verdict != "tie" or len(answers) < times * self._judge.votes:
                break
        return found

    def _read(self, prompt: str, response: str, times: int) -> list[Answer]:
        """The answers of so many rounds of votes; later rounds as far as they were asked."""
        assert self._who is not None
        answers, each = (
            next(read(self._who, [self._judge.request(prompt, response, times)], self._store)),
            self._judge.votes,
        )
        while len(answers) > each and all(answer == _NOT_ASKED for answer in answers[-each:]):
            del answers[-each:]
        return answers


def _checkable(wanted: list[dict[str, Any]]) -> bool:
    return bool(wanted) and all(each["checker"] and each["covers"] == "whole" for each in wanted)


def _by_checkers(exact: Exact | None, wanted: list[dict[str, Any]]) -> Votes:
    """The checkers as judge. They come to a verdict only where they can check everything: a response that may fail but can
    never pass is no negative, since nothing would be a refinement of it."""
    if exact is None:
        return Votes([], [], "unknown", None, "", "")
    if not _checkable(wanted):
        return Votes([], [], "unknown", None, exact.judgement, exact.verdict)
    return Votes([], [], exact.verdict, float(exact.verdict == "Yes"), exact.judgement, exact.verdict)


def _told(answer: Answer) -> tuple[str, str, str]:
    """Response, thinking, problem."""
    return (answer.text, answer.thinking, "") if isinstance(answer, Completion) else ("", "", str(answer))
