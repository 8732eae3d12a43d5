"""The provider's batch API: submit a file of requests, ask for it now and then, read the answers.

Jobs are remembered in the store from before they are submitted, so a run that is stopped or killed finds its jobs again
and pays for nothing twice. Half the price at OpenAI, up to a day.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Iterator, Sequence
from typing import Any

import orjson

from spar_data.core.errors import SparError, first_line
from spar_data.models.backends.batcher import Batcher
from spar_data.models.backends.openai import api_key, openai_identity, read_reply, request_body
from spar_data.models.model_spec import Spec
from spar_data.models.requests import Answer, Failure, Request
from spar_data.models.store import Store, completion_keys

_CHUNK = 50_000  # requests of a job at most, as OpenAI has it
_BYTES = 150_000_000  # of a job's file; OpenAI takes 200 MB
_POLL = (5.0, 60.0)  # seconds between two questions: at first, at most
_OVER = {"completed", "expired", "cancelled", "failed"}


def open_batch(spec: Spec, store: Store, poll: tuple[float, float] = _POLL) -> Batcher:
    """Raises SparError for several URLs."""
    if len(spec.urls) > 1:
        raise SparError(f"--batch: one URL is expected, not {len(spec.urls)}")
    jobs = Jobs(spec, store, poll)
    batcher = Batcher(openai_identity(spec), jobs.run, chunk=_CHUNK, quiet=1.0)
    batcher.in_flight = _CHUNK
    jobs.batcher = batcher
    return batcher


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
        """Jobs of an earlier run first, a new job for what is in none of them."""
        todo = {self._name(request): i for i, request in enumerate(requests)}
        waiting: dict[str, set[str]] = {}
        for job, read, calls in self._known(todo):
            names = calls & todo.keys() - set().union(*waiting.values())
            if read:  # its answers were read once; what is missing of them was not stored, what failed is asked anew
                for name, answers in self._results(self._client.batches.retrieve(job), names, requests, todo).items():
                    if not isinstance(answers[0], Failure):
                        yield todo.pop(name), answers
            elif names:
                waiting[job] = names
        new = [name for name in todo if not any(name in names for names in waiting.values())]
        for inside, lines in self._files(new, requests, todo):
            waiting[self._submit(inside, lines)] = set(inside)
        yield from self._wait(waiting, requests, todo)

    def _wait(
        self, waiting: dict[str, set[str]], requests: Sequence[Request], todo: dict[str, int]
    ) -> Iterator[tuple[int, Sequence[Answer]]]:
        pause = self._poll[0]
        while waiting:
            for job in list(waiting):
                batch = self._client.batches.retrieve(job)
                counts = getattr(batch, "request_counts", None)
                done = f" {counts.completed:,} of {counts.total:,}" if counts else ""
                self.batcher.note = f"{job} {batch.status}{done}"
                if batch.status not in _OVER:
                    continue
                names = waiting.pop(job)
                results = self._results(batch, names, requests, todo)
                self._store.write(("UPDATE jobs SET state = 'read' WHERE id = ?", (job,))).result()
                if batch.status == "failed" and not any(not isinstance(a[0], Failure) for a in results.values()):
                    raise SparError(f"the batch job {job} was refused: {_errors(batch)}")
                for name, answers in results.items():
                    yield todo[name], answers
            until = time.monotonic() + pause
            while waiting and time.monotonic() < until:
                if self.batcher.stopping.wait(min(0.2, pause)):
                    return
            pause = min(self._poll[1], pause * 1.5)

    def _name(self, request: Request) -> str:
        return f"{completion_keys(request, self._identity)[0][:48]}-{request.n}"

    def _known(self, todo: dict[str, int]) -> list[tuple[str, bool, set[str]]]:
        """Remembered jobs that hold some of these calls: (id, whether it was read, calls). A job that was being
        submitted when the run ended is looked for at the provider by its mark."""
        rows = self._store.rows(
            "SELECT id, calls, state FROM jobs WHERE url = ? AND model = ? ORDER BY sent_at DESC",
            (self._url, self._identity.key),
        )
        found = []
        for row in list(rows):
            calls = set(json.loads(row["calls"]))
            job = row["id"]
            if not calls & todo.keys():
                continue
            if row["state"] == "sending":
                sent = [
                    b.id for b in self._client.batches.list(limit=100).data if (b.metadata or {}).get("spar") == job
                ]
                if not sent:
                    self._store.write(("DELETE FROM jobs WHERE id = ?", (job,))).result()
                    continue
                self._store.write(("UPDATE jobs SET id = ?, state = 'sent' WHERE id = ?", (sent[0], job))).result()
                job = sent[0]
            found.append((job, row["state"] == "read", calls))
        return found

    def _files(
        self, names: list[str], requests: Sequence[Request], todo: dict[str, int]
    ) -> Iterator[tuple[list[str], bytes]]:
        inside: list[str] = []
        lines = bytearray()
        for name in names:
            body = request_body(self._identity.name, requests[todo[name]])
            line = {"custom_id": name, "method": "POST", "url": "/v1/chat/completions", "body": body}
            lines += json.dumps(line, ensure_ascii=True).encode() + b"\n"
            inside.append(name)
            if len(lines) > _BYTES:
                yield inside, bytes(lines)
                inside, lines = [], bytearray()
        if inside:
            yield inside, bytes(lines)

    def _submit(self, names: list[str], lines: bytes) -> str:
        mark = hashlib.sha256(lines + str(time.time()).encode()).hexdigest()[:32]
        row = (mark, self._url, self._identity.key, json.dumps(names), "sending", time.time())
        self._store.write(("INSERT INTO jobs VALUES (?, ?, ?, ?, ?, ?)", row)).result()
        try:
            file = self._client.files.create(file=("requests.jsonl", lines), purpose="batch")
            batch = self._client.batches.create(
                input_file_id=file.id,
                endpoint="/v1/chat/completions",
                completion_window="24h",
                metadata={"spar": mark},
            )
        except Exception as error:
            raise SparError(
                f"{self._url or 'the provider'} did not take the batch job: {first_line(error)[:300]}"
            ) from None
        self._store.write(("UPDATE jobs SET id = ?, state = 'sent' WHERE id = ?", (batch.id, mark))).result()
        return str(batch.id)

    def _results(
        self, batch: Any, names: set[str], requests: Sequence[Request], todo: dict[str, int]
    ) -> dict[str, list[Answer]]:
        """n answers for each of the names; a Failure for what the job holds no answer to."""
        results: dict[str, list[Answer]] = {}
        for file in filter(None, (batch.output_file_id, getattr(batch, "error_file_id", None))):
            for line in self._client.files.content(file).content.splitlines():
                try:
                    row = orjson.loads(line)
                    name, response = row["custom_id"], row.get("response") or {}
                except (ValueError, TypeError, KeyError):
                    continue  # its call has no answer then
                if name in names:
                    results[name] = self._read(row, response, requests[todo[name]])
        lost: Answer = Failure(f"batch {batch.status}", "the job holds no answer to this call")
        return {name: results.get(name) or [lost] * requests[todo[name]].n for name in names}

    def _read(self, row: Any, response: Any, request: Request) -> list[Answer]:
        status = response.get("status_code")
        if status != 200:
            said = response.get("body") or row.get("error") or {}
            return [Failure(f"status {status}", json.dumps(said)[:300])] * request.n
        answers = read_reply(orjson.dumps(response.get("body")), request)
        if isinstance(answers, Failure):
            return [answers] * request.n
        return answers + [Failure("missing sample", "fewer than were asked for")] * (request.n - len(answers))


def _errors(batch: Any) -> str:
    data = getattr(getattr(batch, "errors", None), "data", None) or []
    return "; ".join(str(getattr(e, "message", e)) for e in data[:3]) or batch.status
