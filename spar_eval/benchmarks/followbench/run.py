"""From a job to its result: responses, then judgements, then scores."""

from __future__ import annotations

import dataclasses
import json
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from spar_data.core.errors import SparError
from spar_data.models import Completion, Limits, Report, Request, Store, Tally, identify, read
from spar_data.models.estimate import CallPlan, plan_calls
from spar_data.models.phases import Rounds
from spar_eval.benchmarks.followbench.data import CATEGORIES, Data, Group, Row
from spar_eval.benchmarks.followbench.judging import PROMPT_VERSION, judge_request, judged
from spar_eval.benchmarks.followbench.rules import by_rules, check
from spar_eval.benchmarks.followbench.score import Settings, Verdict, result
from spar_eval.config import ResponseConfig
from spar_eval.instructions.benchmark import decoding
from spar_eval.responses import Response, Responses, ask_for_responses, read_responses
from spar_eval.results import Result


@dataclass(frozen=True)
class Job:
    """data: what is scored. every: all of the data, to which a file of responses may belong. model: who responds, or whose
    responses the file holds. judge: None where rules decide all."""

    data: Data
    every: Data
    model: str
    responses: Path | None
    sampling: ResponseConfig
    judge: str | None
    votes: int
    judge_tokens: int
    checker: str

    def given(self) -> Responses | None:
        """The responses of the file to the rows that are scored."""
        if not self.responses:
            return None
        rows = self.every.rows
        found = read_responses(self.responses, [r.id for r in rows], [r.instruction for r in rows])
        by_id = dict(zip((r.id for r in rows), found.samples, strict=True))
        return Responses([by_id[r.id] for r in self.data.rows], found.counts, found.notes)


def select(data: Data, categories: Sequence[str], limit: int | None, rules_only: bool = False) -> Data:
    """limit: the first so many groups of each category; whole ones, so that consistent levels stay defined. rules_only:
    of those that rules score."""
    groups: list[Group] = []
    for category in categories or CATEGORIES:
        inside = [g for g in data.groups if g.category == category and (not rules_only or all(map(by_rules, g.scored)))]
        groups += inside[:limit]
    if not groups:
        by = " that rules score" if rules_only else ""
        raise SparError(f"the data has no group{by} of {', '.join(categories) or 'any category'}")
    return Data(tuple(groups), data.notes)


def run(job: Job, store: Store, limits: Limits, report: Callable[[str], Report]) -> tuple[Result, dict[str, Tally]]:
    """report: by phase. Raises SparError for a file of responses that does not fit, and for what would fail every call."""
    rounds = Rounds(store, limits, report)
    responses = job.given()
    if responses is None:
        responses = ask_for_responses(job.model, [row.instruction for row in job.data.rows], job.sampling, rounds)
    todo = _to_judge(job, responses)
    counts = Counter(responses.counts)
    by_judge: dict[tuple[str, int], Verdict] = {}
    if job.judge and todo:
        requests = [_request(job, row, response.text) for row, _, response in todo]
        answers = rounds.ask("judge", job.judge, requests)
        for (row, sample, response), each in zip(todo, answers, strict=True):
            found = judged(each, row.level)
            counts["judge's replies that do not parse"] += len(found.unparsed)
            counts["judge's calls that failed"] += len(found.failed)
            by_judge[row.id, sample] = Verdict(
                row, sample, response.text, found.satisfied, found.reasons, "judge",
                thinking=response.thinking, told=found.replies,
            )  # fmt: skip

    def verdicts(checker: str) -> list[Verdict]:
        return [
            by_judge.get((row.id, sample)) or _without_judge(checker, row, sample, response)
            for row, samples in zip(job.data.rows, responses.samples, strict=True)
            for sample, response in enumerate(samples)
        ]

    judge = f"{job.judge},max_tokens {job.judge_tokens}" if job.judge else "none"
    how = decoding(None if job.responses else job.sampling)
    settings = Settings(job.model, judge, job.votes, job.checker, how, PROMPT_VERSION)
    official = verdicts("official") if job.checker == "fixed" else None
    return result(job.data, verdicts(job.checker), settings, counts, responses.notes, official), dict(rounds.tallies)


def plans(job: Job, store_file: Path, as_json: bool) -> Iterator[str]:
    """What a run would ask, a line for responses and one for judgements. Responses that are not there yet are taken to be
    as long as they may be."""
    parts: dict[str, CallPlan] = {}
    responses = job.given()
    if responses is None:
        requests = [job.sampling.request(row.instruction) for row in job.data.rows]
        parts[f"{job.model}, responses"] = plan_calls(job.model, requests, store_file)
        responses = _expected(job, requests, store_file)
    if job.judge:
        todo = (_request(job, row, response.text) for row, _, response in _to_judge(job, responses))
        parts[f"{job.judge}, judgements"] = plan_calls(job.judge, todo, store_file)
    if as_json:
        yield json.dumps({name: dataclasses.asdict(each) for name, each in parts.items()})
        return
    for name, each in parts.items():
        yield f"{name}: {each}."
    yield "No call was made."


def _expected(job: Job, requests: list[Request], store_file: Path) -> Responses:
    """Stored ones, and texts of the greatest length instead of the others."""
    longest = Response("word" * job.sampling.max_tokens)  # a token is about four characters
    if not store_file.exists():
        return Responses([[longest] for _ in requests])
    with Store(store_file) as store:
        answers = list(read(identify(job.model), requests, store))
    return Responses([[Response.of(a) if isinstance(a, Completion) else longest for a in each] for each in answers])


def _to_judge(job: Job, responses: Responses) -> list[tuple[Row, int, Response]]:
    """Responses that there are, to rows that no rule scores."""
    return [
        (row, sample, response)
        for row, samples in zip(job.data.rows, responses.samples, strict=True)
        if not by_rules(row)
        for sample, response in enumerate(samples)
        if not response.problem
    ]


def _request(job: Job, row: Row, text: str) -> Request:
    return judge_request(job.data.group(row), row, text, job.votes, job.judge_tokens)


def _without_judge(checker: str, row: Row, sample: int, response: Response) -> Verdict:
    """By rules, or with nothing satisfied where there is no response."""
    if response.problem:
        by, n = ("rule", 1) if by_rules(row) else ("judge", row.level)
        nothing = (f"no response: {response.problem}",) * n
        return Verdict(row, sample, response.text, (False,) * n, nothing, by, problem=response.problem,
                       thinking=response.thinking)  # fmt: skip
    rulings = check(row, response.text, checker)
    return Verdict(
        row, sample, response.text, tuple(r.passed for r in rulings), tuple(r.reason for r in rulings), "rule",
        whole=checker == "official", thinking=response.thinking,
    )  # fmt: skip
