"""Finds responses of the actor that fail their prompts (SPaR, arXiv 2412.11605, and the authors' infer.py, judge.py).

The actor gives K responses a prompt, the judge N judgements a response, and the majority of the valid ones decides. A tie is
judged again by further samples of the same request, and set aside if it stays one. Responses and judgements are two phases,
each with all of its requests in flight. Everything goes through the store, so that a run goes on where it was stopped.
Memory does not grow with the number of prompts, except for the ids of the chosen responses.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby, islice
from pathlib import Path
from random import Random

import polars as pl

from spar_data.core.files import stream_parquet
from spar_data.core.ids import row_id
from spar_data.core.records import Prompt
from spar_data.core.tables import schema
from spar_data.models import AnyModel, Budget, Limits, Store, Tally, identify, read, silent
from spar_data.models.phases import Phases, Reports
from spar_data.models.requests import Answer, Completion, Failure, Request
from spar_data.models.sampling import Sampling
from spar_data.selfplay.funnel import Funnel
from spar_data.selfplay.judge.checkers import wholly_checkable
from spar_data.selfplay.judge.judges import Judge, Question
from spar_data.selfplay.judge.votes import NO_VOTES
from spar_data.selfplay.records import Sample, Votes
from spar_data.selfplay.stored_rows import to_records

AUTHORS = Sampling(5, 0.9, 0.9, 2048)
"""How the authors' infer.py samples responses."""

_BATCH = 2500  # rows that are in memory at once
_NOT_ASKED = Failure("not stored")


@dataclass(frozen=True)
class NegativesConfig:
    """The authors' values, except that they drop a tie at once.

    tie_rounds   how often a tie is judged again, by as many votes; the last ones count.
    per_prompt   chosen responses of a prompt at most, drawn at random by seed and prompt.
    """

    sampling: Sampling = AUTHORS
    tie_rounds: int = 2
    per_prompt: int = 1
    seed: int = 0


@dataclass
class Negatives:
    """samples, negatives: the files. tallies: of each phase. stopped: the budget that ended the run, else ""."""

    samples: Path
    negatives: Path
    funnel: Funnel
    tallies: list[tuple[str, Tally]] = field(default_factory=list)
    stopped: str = ""


def collect(
    prompts: Sequence[Prompt],
    actor: AnyModel,
    judge: Judge,
    config: NegativesConfig,
    out: Path,
    store: Store,
    limits: Limits | Budget = Limits(),
    reports: Reports = lambda phase: silent,
) -> Negatives:
    """Writes samples.parquet (all responses, in the order of the prompts) and negatives.parquet (the chosen ones) into the
    folder `out`; both hold records.Sample.

    The checkers judge by the constraints of the prompts, alone or beside a model. Equal answers give equal bytes. Raises
    SparError for what would fail every request.
    """
    phases = Phases(store, limits, reports)
    work = _Work(prompts, actor, judge, config, store)
    requests = (config.sampling.request(prompt.text) for prompt in prompts)
    phases.send("respond", actor, requests, config.sampling.samples * len(prompts))
    votes = judge.rule.votes
    if judge.model is not None:
        responses = phases.tallies[0][1]
        unknown = phases.stopped or judge.rule.checkers == "veto"
        total = None if unknown else (responses.cached + responses.done) * votes
        phases.send("judge", judge.model, work.requests(), total)
    result = Negatives(out / "samples.parquet", out / "negatives.parquet", Funnel(judge.rule), phases.tallies)
    spool, chosen, ties = out / ".votes.parquet", set[str](), set[str]()
    try:  # the answers lie all over a store of gigabytes: they are read once, and from then on in a row
        stream_parquet(spool, lambda: _frames(work.first_votes(ties)), schema(Sample))
        tied = ties
        for number in range(2, config.tie_rounds + 2):
            if tied and judge.model is not None:
                total = len(tied) * votes * number
                phases.send(f"ties {number - 1}", judge.model, work.requests(number, tied), total)
                tied = work.ties(number, tied)
        samples = work.final_votes(spool, ties, result.funnel, chosen)
        stream_parquet(result.samples, lambda: _frames(samples), schema(Sample))
    finally:
        spool.unlink(missing_ok=True)
    ids = pl.Series(sorted(chosen), dtype=pl.String).implode()
    rows = pl.scan_parquet(result.samples).filter(pl.col("id").is_in(ids))
    stream_parquet(result.negatives, lambda: rows.collect_batches(maintain_order=True, chunk_size=1000), schema(Sample))
    result.stopped = phases.stopped
    return result


class _Work:
    """Makes the requests of each phase, and rows of what the store answers. Asks nothing itself."""

    def __init__(
        self, prompts: Sequence[Prompt], actor: AnyModel, judge: Judge, config: NegativesConfig, store: Store
    ) -> None:
        self._prompts, self._judge, self._config, self._store = prompts, judge, config, store
        self._constraints = {prompt.id: prompt.constraints for prompt in prompts}
        self._actor = identify(actor)
        self._judge_model = None if judge.model is None else identify(judge.model)

    def requests(self, rounds: int = 1, among: set[str] | None = None) -> Iterator[Request]:
        """What the judge's model is asked in this round of votes, about all responses or those of these samples."""
        requests = (self._judge.request(question, rounds) for _, question in self._questions(among))
        return (request for request in requests if request)

    def ties(self, rounds: int, among: set[str]) -> set[str]:
        """Ids of the samples whose votes are tied after so many rounds; `among` those tied after the round before."""
        return {
            sample_id
            for sample_id, question in self._questions(among)
            if self._judge.count(question, self._read(question, rounds)).verdict == "tie"
        }

    def _questions(self, among: set[str] | None) -> Iterator[tuple[str, Question]]:
        """Every response with the id of its sample, or those of these samples."""
        for prompt in self._prompts:
            ids = [row_id(prompt.id, str(number)) for number in range(self._config.sampling.samples)]
            if among is not None and among.isdisjoint(ids):
                continue
            answers = next(read(self._actor, [self._config.sampling.request(prompt.text)], self._store))
            for sample_id, answer in zip(ids, answers, strict=True):
                if isinstance(answer, Completion) and (among is None or sample_id in among):
                    yield sample_id, Question(prompt.text, answer.text, prompt.constraints)

    def first_votes(self, ties: set[str]) -> Iterator[Sample]:
        """Every response with its first round of votes. Adds the ids of ties to `ties`."""
        requests = (self._config.sampling.request(prompt.text) for prompt in self._prompts)
        answered = zip(self._prompts, read(self._actor, requests, self._store), strict=True)
        responses = ((prompt, number, answer) for prompt, answers in answered for number, answer in enumerate(answers))
        names = self._actor.name, self._judge.name
        while batch := list(islice(responses, _BATCH)):
            questions = [
                Question(prompt.text, answer.text, prompt.constraints) if isinstance(answer, Completion) else None
                for prompt, _, answer in batch
            ]
            replies = self._replies(questions)
            for (prompt, number, answer), question in zip(batch, questions, strict=True):
                sample_id = row_id(prompt.id, str(number))
                votes = NO_VOTES if question is None else self._count(sample_id, question, next(replies))
                if votes.verdict == "tie":
                    ties.add(sample_id)
                response = (
                    (answer.text, answer.thinking, "") if isinstance(answer, Completion) else ("", "", str(answer))
                )
                yield Sample(sample_id, prompt.id, prompt.text, number, *response, votes, *names)

    def _replies(self, questions: list[Question | None]) -> Iterator[list[Answer]]:
        """The first round of the judge's replies to each question that is one; none if no model is asked."""
        requests = [self._judge.request(question) for question in questions if question]
        model = self._judge_model
        answers = read(model, [request for request in requests if request], self._store) if model else iter(())
        return (next(answers) if request else [] for request in requests)

    def final_votes(self, spool: Path, ties: set[str], funnel: Funnel, chosen: set[str]) -> Iterator[Sample]:
        """Rows of samples.parquet from those of `first_votes`, with the last votes on ties. Counts them, and adds the ids of
        the negatives to `chosen`."""
        frames = pl.scan_parquet(spool).collect_batches(maintain_order=True, chunk_size=1000)
        first = (sample for frame in frames for sample in to_records(frame, Sample))
        for prompt_id, group in groupby(first, key=lambda sample: sample.prompt_id):
            samples = [self._again(sample) if sample.id in ties else sample for sample in group]
            failing = [sample.id for sample in samples if sample.votes.verdict == "No"]
            passing = sum(sample.votes.verdict == "Yes" for sample in samples)
            rate = passing / (passing + len(failing)) if passing or failing else None
            draw = Random(f"{self._config.seed}:{prompt_id}")
            negatives = draw.sample(failing, min(self._config.per_prompt, len(failing)))
            chosen.update(negatives)
            funnel.add(samples, len(negatives), wholly_checkable(self._constraints[prompt_id]))
            yield from (replace(sample, pass_rate=rate) for sample in samples)

    def _again(self, sample: Sample) -> Sample:
        """A tie with the votes of later rounds, until one decides or no further one was asked."""
        votes = sample.votes
        question = Question(sample.prompt, sample.response, self._constraints[sample.prompt_id])
        for rounds in range(2, self._config.tie_rounds + 2):
            answers = self._read(question, rounds)
            if len(answers) < rounds * self._judge.rule.votes or votes.verdict != "tie":
                break
            votes = self._count(sample.id, question, answers)
        return replace(sample, votes=votes)

    def _count(self, sample_id: str, question: Question, answers: list[Answer]) -> Votes:
        return self._judge.count(question, answers, Random(f"{self._config.seed}:{sample_id}"))

    def _read(self, question: Question, rounds: int) -> list[Answer]:
        """The answers of so many rounds of votes; of later rounds those that were asked."""
        request = self._judge.request(question, rounds)
        if request is None or self._judge_model is None:
            return []
        answers, votes = next(read(self._judge_model, [request], self._store)), self._judge.rule.votes
        while len(answers) > votes and all(answer == _NOT_ASKED for answer in answers[-votes:]):
            del answers[-votes:]
        return answers


def _frames(samples: Iterator[Sample]) -> Iterator[pl.DataFrame]:
    while batch := list(islice(samples, _BATCH)):
        columns = {name: [getattr(sample, name) for sample in batch] for name in schema(Sample)}
        columns["votes"] = [vars(sample.votes) for sample in batch]
        yield pl.DataFrame(columns, schema=schema(Sample))
