"""Responses of the actor that fail their prompts (SPaR, arXiv 2412.11605, and the authors' infer.py, judge.py).

K responses a prompt, N judgements a response, the majority of the valid ones; a tie is judged again by further samples of
the same request and set aside if it stays one. Two phases, responses and then judgements, each with all of its requests
in flight; everything goes through the store, so that a run goes on where it was stopped. Memory does not depend on the
number of prompts, but for the ids of what was chosen.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import groupby, islice
from pathlib import Path
from random import Random
from typing import NamedTuple

import polars as pl

from spar_data.core.errors import SparError
from spar_data.core.files import stream_parquet
from spar_data.core.ids import row_id
from spar_data.core.records import schema
from spar_data.models import Answer, Budget, Completion, Failure, Limits, Request, Store, Tally, identify, read
from spar_data.models.phases import Reports, Rounds
from spar_data.models.respond import Rows
from spar_data.models.sampling import Sampling
from spar_data.selfplay.funnel import Funnel
from spar_data.selfplay.judge.checkers import Exact, judge_exactly, wholly
from spar_data.selfplay.judge.verdicts import RULES, Constraints, Judge
from spar_data.selfplay.judge.votes import EXACT_VOTES, NOBODY, by_checkers, tied, vetoed, votes
from spar_data.selfplay.records import Sample, Votes
from spar_data.selfplay.run_folder import rows as stored_rows

AUTHORS = Sampling(5, 0.9, 0.9, 2048)
"""How the authors' infer.py samples responses."""

_BATCH = 2500  # rows that are in memory at once
_NOT_ASKED = Failure("not stored")


@dataclass(frozen=True)
class NegativesConfig:
    """The authors' values, but for min_valid and tie_rounds: they drop a tie at once, and one valid vote is enough.

    min_valid    valid votes that a verdict needs; 0 = more than half of them.
    tie_rounds   how often a tie is judged again, by as many votes, of which the last ones count.
    per_prompt   negatives a prompt at most, drawn at random by seed and prompt.
    exact_vote   the checkers beside a model judge, as in SearchConfig: also, veto, or "" (beside it, without a vote).
    """

    sampling: Sampling = AUTHORS
    min_valid: int = 0
    tie_rounds: int = 2
    per_prompt: int = 1
    seed: int = 0
    exact_vote: str = ""

    def __post_init__(self) -> None:
        if self.exact_vote not in EXACT_VOTES:
            raise SparError(f"exact_vote = {self.exact_vote!r}: '', also or veto is expected")


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
    limits: Limits | Budget = Limits(),
    reports: Reports | None = None,
    constraints: Mapping[str, Constraints] = {},
) -> Collected:
    """Writes samples.parquet (all responses, in the order of the prompts) and negatives.parquet (the chosen ones) into the
    folder `out`; both hold records.Sample.

    constraints: by prompt id, for `rules` as judge and for the checkers' verdict beside that of a model. Equal answers
    give equal bytes. Raises SparError for `rules` as actor and for what would fail every request.
    """
    if config.exact_vote and judge.spec == RULES:
        raise SparError(
            f"exact_vote = {config.exact_vote}: the judge is `rules` already; a model is expected beside it"
        )
    if actor == RULES:
        raise SparError("--actor rules: rules cannot respond to prompts; a model is expected (`spar-data models`)")
    rounds = Rounds(store, limits, reports) if reports else Rounds(store, limits)
    work = _Work(prompts, actor, judge, config, store, constraints)
    requests = (config.sampling.request(row["prompt"]) for row in prompts())
    rounds.send("respond", actor, requests, sum(config.sampling.samples for _ in prompts()))
    if judge.spec != RULES:
        there = rounds.tallies[0][1]
        unknown = rounds.stopped or config.exact_vote == "veto"
        total = None if unknown else (there.cached + there.done) * judge.votes
        rounds.send("judge", judge.spec, work.questions(), total)
    funnel = Funnel(judge.votes, config.min_valid)
    found = Collected(out / "samples.parquet", out / "negatives.parquet", funnel, rounds.tallies)
    spool, chosen = out / ".votes.parquet", set[str]()
    try:  # the answers lie all over a store of gigabytes: they are read once, and from then on in a row
        ties = set[str]()
        stream_parquet(spool, lambda: work.votes(ties), schema(Sample))
        left = ties
        for times in range(2, config.tie_rounds + 2):
            if left:
                rounds.send(
                    f"ties {times - 1}", judge.spec, work.questions(times, left), len(left) * judge.votes * times
                )
                left = work.ties(times, left)
        stream_parquet(found.samples, lambda: work.rows(spool, ties, found.funnel, chosen), schema(Sample))
    finally:
        spool.unlink(missing_ok=True)
    _keep(found.samples, found.negatives, chosen)
    found.stopped = rounds.stopped
    return found


def _keep(samples: Path, negatives: Path, chosen: set[str]) -> None:
    ids = pl.Series(sorted(chosen), dtype=pl.String).implode()
    rows = pl.scan_parquet(samples).filter(pl.col("id").is_in(ids))
    stream_parquet(negatives, lambda: rows.collect_batches(maintain_order=True, chunk_size=1000), schema(Sample))


class _Text(NamedTuple):
    """A response as it is judged; id: of its sample."""

    id: str
    prompt_id: str
    prompt: str
    response: str


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

    def questions(self, times: int = 1, among: set[str] | None = None) -> Iterator[Request]:
        """What the judge is asked in round `times`: about every response, or these samples, but what the checkers veto."""
        for text in self._texts(among):
            if not vetoed(self._exact(text.prompt_id, text.response), self._config.exact_vote):
                yield self._judge.request(text.prompt, text.response, times)

    def ties(self, times: int, among: set[str]) -> set[str]:
        """Ids of the samples on which the votes of round `times` are divided evenly; `among`: those of the round before."""
        config = self._config
        return {
            text.id
            for text in self._texts(among)
            if tied(
                self._read(text.prompt, text.response, times),
                self._judge.votes,
                config.min_valid,
                self._exact(text.prompt_id, text.response),
                config.exact_vote,
            )
        }

    def _texts(self, among: set[str] | None) -> Iterator[_Text]:
        """Every response there is, or those of these samples."""
        for row in self._prompts():
            ids = [row_id(row["id"], str(number)) for number in range(self._config.sampling.samples)]
            if among is not None and among.isdisjoint(ids):
                continue
            answers = next(read(self._actor, [self._config.sampling.request(row["prompt"])], self._store))
            for i, answer in zip(ids, answers, strict=True):
                if isinstance(answer, Completion) and (among is None or i in among):
                    yield _Text(i, row["id"], row["prompt"], answer.text)

    def _exact(self, prompt_id: str, response: str) -> Exact | None:
        """The checkers' verdict where it counts among the votes; else nobody has to wait for it here."""
        wanted = self._wanted(prompt_id)
        return judge_exactly(response, wanted) if wanted and self._config.exact_vote else None

    def votes(self, ties: set[str]) -> Iterator[pl.DataFrame]:
        """Every response with its first round of votes; adds the ids of ties to `ties`."""

        def samples() -> Iterator[Sample]:
            names = self._actor.name, self._who.name if self._who else RULES
            requests = (self._config.sampling.request(row["prompt"]) for row in self._prompts())
            rows = zip(self._prompts(), read(self._actor, requests, self._store), strict=True)
            each = ((row, number, answer) for row, answers in rows for number, answer in enumerate(answers))
            while some := list(islice(each, _BATCH)):
                exact = [self._checked(row["id"], answer) for row, _, answer in some]
                replies = self._first_round([row["prompt"] for row, _, _ in some], [a for _, _, a in some], exact)
                for (row, number, answer), known, said in zip(some, exact, replies, strict=True):
                    i = row_id(row["id"], str(number))
                    cast = self._first(i, row["id"], answer, said, known)
                    if cast.verdict == "tie":
                        ties.add(i)
                    yield Sample(i, row["id"], row["prompt"], number, *_told(answer), cast, *names)

        return _frames(samples())

    def rows(self, spool: Path, ties: set[str], funnel: Funnel, chosen: set[str]) -> Iterator[pl.DataFrame]:
        """Rows of samples.parquet from those of `votes`; counts them, and adds the ids of the negatives to `chosen`."""

        def samples() -> Iterator[Sample]:
            frames = pl.scan_parquet(spool).collect_batches(maintain_order=True, chunk_size=1000)
            first = (sample for frame in frames for sample in stored_rows(frame, Sample))
            for prompt_id, group in groupby(first, key=lambda sample: sample.prompt_id):
                some = [self._again(sample) if sample.id in ties else sample for sample in group]
                failing = [sample.id for sample in some if sample.votes.verdict == "No"]
                passing = sum(sample.votes.verdict == "Yes" for sample in some)
                rate = passing / (passing + len(failing)) if passing or failing else None
                draw = Random(f"{self._config.seed}:{prompt_id}")
                negatives = draw.sample(failing, min(self._config.per_prompt, len(failing)))
                chosen.update(negatives)
                funnel.add(some, len(negatives), wholly(self._wanted(prompt_id)))
                yield from (replace(sample, pass_rate=rate) for sample in some)

        return _frames(samples())

    def _wanted(self, prompt_id: str) -> Constraints:
        return self._constraints.get(prompt_id, ())

    def _checked(self, prompt_id: str, answer: Answer) -> Exact | None:
        wanted = self._wanted(prompt_id)
        return judge_exactly(answer.text, wanted) if wanted and isinstance(answer, Completion) else None

    def _first_round(
        self, prompts: list[str], answers: list[Answer], exact: list[Exact | None]
    ) -> Iterator[list[Answer]]:
        """The judge's replies to each; none to what is no response, or is vetoed, and none of `rules`."""
        asked = [
            self._who is not None and isinstance(answer, Completion) and not vetoed(known, self._config.exact_vote)
            for answer, known in zip(answers, exact, strict=True)
        ]
        requests = [
            self._judge.request(prompt, answer.text)
            for prompt, answer, wanted in zip(prompts, answers, asked, strict=True)
            if wanted and isinstance(answer, Completion)
        ]
        replies = read(self._who, requests, self._store) if self._who else iter(())
        return (next(replies) if wanted else [] for wanted in asked)

    def _first(
        self, sample_id: str, prompt_id: str, answer: Answer, replies: list[Answer], exact: Exact | None
    ) -> Votes:
        if not isinstance(answer, Completion):
            return NOBODY
        if exact and vetoed(exact, self._config.exact_vote):
            return by_checkers(exact)
        return self._cast(sample_id, replies, exact) if self._who else _by_checkers(exact, self._wanted(prompt_id))

    def _again(self, sample: Sample) -> Sample:
        """A tie, with the votes of the rounds after it, until one decides or no further one was asked."""
        found = sample.votes
        exact = judge_exactly(sample.response, self._wanted(sample.prompt_id)) if found.exact else None
        for times in range(2, self._config.tie_rounds + 2):
            answers = self._read(sample.prompt, sample.response, times)
            if len(answers) < times * self._judge.votes or found.verdict != "tie":
                break
            found = self._cast(sample.id, answers, exact)
        return replace(sample, votes=found)

    def _cast(self, sample_id: str, answers: list[Answer], exact: Exact | None) -> Votes:
        chosen = Random(f"{self._config.seed}:{sample_id}")
        return votes(answers, self._judge.votes, chosen, self._config.min_valid, exact, self._config.exact_vote)

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


def _frames(samples: Iterator[Sample]) -> Iterator[pl.DataFrame]:
    while some := list(islice(samples, _BATCH)):
        columns = {name: [getattr(sample, name) for sample in some] for name in schema(Sample)}
        columns["votes"] = [vars(sample.votes) for sample in some]
        yield pl.DataFrame(columns, schema=schema(Sample))


def _by_checkers(exact: Exact | None, wanted: Constraints) -> Votes:
    """The checkers as judge. They come to a verdict only where they can check everything: a response that may fail but can
    never pass is no negative, since nothing would be a refinement of it."""
    if exact is None:
        return Votes([], [], "unknown", None, "", "")
    if not wholly(wanted):
        return Votes([], [], "unknown", None, exact.judgement, exact.verdict)
    return by_checkers(exact)


def _told(answer: Answer) -> tuple[str, str, str]:
    """Response, thinking, problem."""
    return (answer.text, answer.thinking, "") if isinstance(answer, Completion) else ("", "", str(answer))
