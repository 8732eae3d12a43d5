"""The batch API of a provider: submit a file of requests, poll the job, read the answers.

It costs half the price at OpenAI and takes up to a day. A job is recorded in the store before it is submitted, so that a
run that was stopped or killed finds its jobs again and pays for nothing twice.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

import orjson

from spar_data.core.errors import SparError, first_line
from spar_data.core.files import JsonValue
from spar_data.models.backends.batcher import Batcher
from spar_data.models.backends.openai_protocol import api_key, openai_identity, read_reply, request_body
from spar_data.models.model_spec import Spec
from spar_data.models.requests import Answer, Failure, Request
from spar_data.models.store import Store, completion_keys

if TYPE_CHECKING:
    from openai.types import Batch as BatchJob

_CHUNK = 50_000  # requests of a job; OpenAI's limit
_BYTES = 150_000_000  # of a job's file; OpenAI's limit is 200 MB
_POLL = (5.0, 60.0)  # seconds between two polls: at first, at most
_FINAL = {"completed", "expired", "cancelled", "failed"}


def open_batch(spec: Spec, store: Store, poll: tuple[float, float] = _POLL) -> Batcher:
    """The batch API of the spec's provider. Raises SparError for several URLs."""
    if len(spec.urls) > 1:
        raise SparError(f"--batch: one URL is expected, not {len(spec.urls)}")
    jobs = Jobs(spec, store, poll)
    batcher = Batcher(openai_identity(spec), jobs.run, chunk=_CHUNK, quiet=1.0)
    batcher.in_flight = _CHUNK
    jobs.batcher = batcher
    return batcher


class _Recorded(NamedTuple):
    """A job in the store. calls: the names of its requests."""

    id: str
    is_read: bool
    calls: set[str]


class Jobs:
    """The jobs of one model at one provider."""

    batcher: Batcher

    def __init__(self, spec: Spec, store: Store, poll: tuple[float, float]) -> None:
        from openai import OpenAI

        self._url = spec.urls[0] if spec.urls else ""
        self._identity = openai_identity(spec)
        self._client = OpenAI(api_key=api_key(spec) or "none", base_url=self._url or None)
        self._store, self._poll = store, poll

    def run(self, requests: Sequence[Request]) -> Iterator[tuple[int, Sequence[Answer]]]:
        """Reads the jobs of earlier runs, and submits new ones for the requests that are in none of them."""
        open_calls = {self._name(request): i for i, request in enumerate(requests)}
        waiting: dict[str, set[str]] = {}
        for job in self._recorded(open_calls):
            names = job.calls & open_calls.keys() - set().union(*waiting.values())
            if job.is_read:  # what it lacks was not stored, and what failed is asked again
                results = self._results(self._client.batches.retrieve(job.id), names, requests, open_calls)
                for name, answers in results.items():
                    if not isinstance(answers[0], Failure):
                        yield open_calls.pop(name), answers
            elif names:
                waiting[job.id] = names
        new = [name for name in open_calls if not any(name in names for names in waiting.values())]
        for file_names, lines in self._files(new, requests, open_calls):
            waiting[self._submit(file_names, lines)] = set(file_names)
        yield from self._wait(waiting, requests, open_calls)

    def _wait(
        self, waiting: dict[str, set[str]], requests: Sequence[Request], open_calls: dict[str, int]
    ) -> Iterator[tuple[int, Sequence[Answer]]]:
        pause = self._poll[0]
        while waiting:
            for job_id in list(waiting):
                job = self._client.batches.retrieve(job_id)
                counts = getattr(job, "request_counts", None)
                progress = f" {counts.completed:,} of {counts.total:,}" if counts else ""
                self.batcher.note = f"{job_id} {job.status}{progress}"
                if job.status not in _FINAL:
                    continue
                results = self._results(job, waiting.pop(job_id), requests, open_calls)
                self._store.write(("UPDATE jobs SET state = 'read' WHERE id = ?", (job_id,))).result()
                if job.status == "failed" and all(isinstance(answers[0], Failure) for answers in results.values()):
                    raise SparError(f"the batch job {job_id} was refused: {_errors(job)}")
                for name, answers in results.items():
                    yield open_calls[name], answers
            until = time.monotonic() + pause
            while waiting and time.monotonic() < until:
                if self.batcher.stopping.wait(min(0.2, pause)):
                    return
            pause = min(self._poll[1], pause * 1.5)

    def _name(self, request: Request) -> str:
        return f"{completion_keys(request, self._identity)[0][:48]}-{request.n}"

    def _recorded(self, open_calls: Mapping[str, int]) -> list[_Recorded]:
        """The recorded jobs that hold some of these calls, newest first.

        A job that was being submitted when its run ended is looked up at the provider by its mark.
        """
        rows = self._store.rows(
            "SELECT id, calls, state FROM jobs WHERE url = ? AND model = ? ORDER BY sent_at DESC",
            (self._url, self._identity.key),
        )
        jobs = []
        for row in list(rows):
            calls, job_id = set(json.loads(row["calls"])), row["id"]
            if not calls & open_calls.keys():
                continue
            if row["state"] == "sending":
                recent = self._client.batches.list(limit=100).data
                submitted = [job.id for job in recent if (job.metadata or {}).get("spar") == job_id]
                if not submitted:
                    self._store.write(("DELETE FROM jobs WHERE id = ?", (job_id,))).result()
                    continue
                statement = "UPDATE jobs SET id = ?, state = 'sent' WHERE id = ?"
                self._store.write((statement, (submitted[0], job_id))).result()
                job_id = submitted[0]
            jobs.append(_Recorded(job_id, row["state"] == "read", calls))
        return jobs

    def _files(
        self, names: list[str], requests: Sequence[Request], open_calls: Mapping[str, int]
    ) -> Iterator[tuple[list[str], bytes]]:
        """The names and the JSON Lines of each file to submit."""
        file_names: list[str] = []
        lines = bytearray()
        for name in names:
            body = request_body(self._identity.name, requests[open_calls[name]])
            line = {"custom_id": name, "method": "POST", "url": "/v1/chat/completions", "body": body}
            lines += json.dumps(line, ensure_ascii=True).encode() + b"\n"
            file_names.append(name)
            if len(lines) > _BYTES:
                yield file_names, bytes(lines)
                file_names, lines = [], bytearray()
        if file_names:
            yield file_names, bytes(lines)

    def _submit(self, names: list[str], lines: bytes) -> str:
        mark = hashlib.sha256(lines + str(time.time()).encode()).hexdigest()[:32]
        row = (mark, self._url, self._identity.key, json.dumps(names), "sending", time.time())
        self._store.write(("INSERT INTO jobs VALUES (?, ?, ?, ?, ?, ?)", row)).result()
        try:
            file = self._client.files.create(file=("requests.jsonl", lines), purpose="batch")
            job = self._client.batches.create(
                input_file_id=file.id,
                endpoint="/v1/chat/completions",
                completion_window="24h",
                metadata={"spar": mark},
            )
        except Exception as error:
            raise SparError(
                f"{self._url or 'the provider'} did not accept the batch job: {first_line(error)[:300]}"
            ) from None
        self._store.write(("UPDATE jobs SET id = ?, state = 'sent' WHERE id = ?", (job.id, mark))).result()
        return job.id

    def _results(
        self, job: BatchJob, names: set[str], requests: Sequence[Request], open_calls: Mapping[str, int]
    ) -> dict[str, list[Answer]]:
        """n answers for each of the names; Failures for a call that the job does not answer."""
        results: dict[str, list[Answer]] = {}
        for file in filter(None, (job.output_file_id, getattr(job, "error_file_id", None))):
            for line in self._client.files.content(file).content.splitlines():
                try:
                    row = orjson.loads(line)
                    name, response = row["custom_id"], row.get("response") or {}
                except (ValueError, TypeError, KeyError):
                    continue  # its call is not answered
                if name in names:
                    results[name] = _answers(row, response, requests[open_calls[name]])
        lost: Answer = Failure(f"batch {job.status}", "the job holds no answer to this call")
        return {name: results.get(name) or [lost] * requests[open_calls[name]].n for name in names}


def _answers(row: dict[str, JsonValue], response: dict[str, JsonValue], request: Request) -> list[Answer]:
    status = response.get("status_code")
    if status != 200:
        message = response.get("body") or row.get("error") or {}
        return [Failure(f"status {status}", json.dumps(message)[:300])] * request.n
    answers = read_reply(orjson.dumps(response.get("body")), request)
    if isinstance(answers, Failure):
        return [answers] * request.n
    return answers + [Failure("missing sample", "fewer samples than requested")] * (request.n - len(answers))


def _errors(job: BatchJob) -> str:
    errors = getattr(getattr(job, "errors", None), "data", None) or []
    return "; ".join(str(getattr(error, "message", error)) for error in errors[:3]) or job.status
