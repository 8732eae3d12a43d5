"""The batch API of a provider: submit a file of requests, poll the job, read the answers.

It costs half the price at OpenAI and takes up to a day. A job is recorded in the store before it is submitted, so that a
run that was stopped or killed finds its jobs again and pays for nothing twice.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

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

Calls = Mapping[str, tuple[int, Request]]  # the requests of a chunk and their places in it, by the names of their calls


class OpenAIBatch(Batcher):
    """The batch API of the spec's provider. Raises SparError for several URLs."""

    def __init__(self, spec: Spec, store: Store) -> None:
        from openai import OpenAI

        if len(spec.urls) > 1:
            raise SparError(f"--batch: one URL is expected, not {len(spec.urls)}")
        super().__init__(openai_identity(spec), self.run, chunk=_CHUNK, quiet=1.0)
        self.in_flight = _CHUNK
        self._url = spec.urls[0] if spec.urls else ""
        self._client = OpenAI(api_key=api_key(spec) or "none", base_url=self._url or None)
        self._store = store

    def run(self, requests: Sequence[Request]) -> Iterator[tuple[int, Sequence[Answer]]]:
        """Reads the jobs of earlier runs, and submits new ones for the requests that are in none of them."""
        calls = {
            f"{completion_keys(request, self.identity)[0][:48]}-{request.n}": (i, request)
            for i, request in enumerate(requests)
        }
        waiting: dict[str, set[str]] = {}
        for job_id, is_read, recorded in self._recorded(calls):
            names = recorded & calls.keys() - set().union(*waiting.values())
            if is_read:  # what it lacks was not stored, and what failed is asked again
                for name, answers in self._results(self._client.batches.retrieve(job_id), names, calls).items():
                    if not isinstance(answers[0], Failure):
                        yield calls.pop(name)[0], answers
            elif names:
                waiting[job_id] = names
        new = calls.keys() - set().union(*waiting.values())
        for file_names, lines in self._files([name for name in calls if name in new], calls):
            waiting[self._submit(file_names, lines)] = set(file_names)
        yield from self._wait(waiting, calls)

    def _wait(self, waiting: dict[str, set[str]], calls: Calls) -> Iterator[tuple[int, Sequence[Answer]]]:
        pause, longest = _POLL
        while waiting:
            for job_id in list(waiting):
                job = self._client.batches.retrieve(job_id)
                counts = job.request_counts
                progress = f" {counts.completed:,} of {counts.total:,}" if counts else ""
                self.note = f"{job_id} {job.status}{progress}"
                if job.status not in _FINAL:
                    continue
                results = self._results(job, waiting.pop(job_id), calls)
                self._store.write(("UPDATE jobs SET state = 'read' WHERE id = ?", (job_id,))).result()
                if job.status == "failed" and all(isinstance(answers[0], Failure) for answers in results.values()):
                    raise SparError(f"the batch job {job_id} was refused: {_errors(job)}")
                for name, answers in results.items():
                    yield calls[name][0], answers
            until = time.monotonic() + pause
            while waiting and time.monotonic() < until:
                if self.stopping.wait(min(0.2, pause)):
                    return
            pause = min(longest, pause * 1.5)

    def _recorded(self, calls: Calls) -> list[tuple[str, bool, set[str]]]:
        """(id, whether it was read, names of its calls) of the jobs that hold some of these calls, newest first.

        A job that was being submitted when its run ended is looked up at the provider by its mark.
        """
        rows = self._store.rows(
            "SELECT id, calls, state FROM jobs WHERE url = ? AND model = ? ORDER BY sent_at DESC",
            (self._url, self.identity.key),
        )
        jobs = []
        for row in list(rows):
            names, job_id = set(json.loads(row["calls"])), row["id"]
            if not names & calls.keys():
                continue
            if row["state"] == "sending":
                recent = self._client.batches.list(limit=100).data
                submitted = [job.id for job in recent if (job.metadata or {}).get("spar") == job_id]
                if not submitted:
                    self._store.write(("DELETE FROM jobs WHERE id = ?", (job_id,))).result()
                    continue
                self._sent(job_id, submitted[0])
                job_id = submitted[0]
            jobs.append((job_id, row["state"] == "read", names))
        return jobs

    def _files(self, names: Sequence[str], calls: Calls) -> Iterator[tuple[list[str], bytes]]:
        """The names and the JSON Lines of each file to submit."""
        file_names: list[str] = []
        lines = bytearray()
        for name in names:
            body = request_body(self.identity.name, calls[name][1])
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
        row = (mark, self._url, self.identity.key, json.dumps(names), "sending", time.time())
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
        self._sent(mark, job.id)
        return job.id

    def _sent(self, mark: str, job_id: str) -> None:
        self._store.write(("UPDATE jobs SET id = ?, state = 'sent' WHERE id = ?", (job_id, mark))).result()

    def _results(self, job: BatchJob, names: Collection[str], calls: Calls) -> dict[str, list[Answer]]:
        """n answers for each of the names; Failures for a call that the job does not answer."""
        results: dict[str, list[Answer]] = {}
        for file in filter(None, (job.output_file_id, job.error_file_id)):
            for line in self._client.files.content(file).content.splitlines():
                try:
                    row = orjson.loads(line)
                    name, response = row["custom_id"], row.get("response") or {}
                except (ValueError, TypeError, KeyError):
                    continue  # its call is not answered
                if name in names:
                    results[name] = _answers(row, response, calls[name][1])
        lost: Answer = Failure(f"batch {job.status}", "the job holds no answer to this call")
        return {name: results.get(name) or [lost] * calls[name][1].n for name in names}


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
    errors = (job.errors and job.errors.data) or []
    return "; ".join(error.message or str(error) for error in errors[:3]) or job.status
