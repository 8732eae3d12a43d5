"""Answers on disk, keyed by everything that can change an answer, so that no paid call is made twice.

The file is an SQLite database in WAL mode with full syncing. One thread per process writes, many answers in a transaction;
several processes may share a file on a local disk. Nothing expires.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import queue
import sqlite3
import tempfile
import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from spar_data.core.errors import SparError
from spar_data.models.requests import Answer, Completion, Failure, Identity, Request

_VERSION = 1  # of the schema, in PRAGMA user_version
_SCHEMA = """
CREATE TABLE completions (
    key TEXT PRIMARY KEY, model TEXT NOT NULL, text TEXT NOT NULL, thinking TEXT NOT NULL, finish_reason TEXT NOT NULL,
    prompt_tokens INTEGER NOT NULL, completion_tokens INTEGER NOT NULL, stored_at REAL NOT NULL
) WITHOUT ROWID;
CREATE TABLE failures (
    key TEXT PRIMARY KEY, model TEXT NOT NULL, cause TEXT NOT NULL, detail TEXT NOT NULL,
    prompt_tokens INTEGER NOT NULL, completion_tokens INTEGER NOT NULL, failed_at REAL NOT NULL
) WITHOUT ROWID;
CREATE TABLE jobs (
    id TEXT PRIMARY KEY, url TEXT NOT NULL, model TEXT NOT NULL, calls TEXT NOT NULL, state TEXT NOT NULL,
    sent_at REAL NOT NULL
);
"""
_COMPLETION = "text, thinking, finish_reason, prompt_tokens, completion_tokens"
_ANSWER = f"INSERT OR IGNORE INTO completions (key, model, {_COMPLETION}, stored_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
# tokens of earlier failures of the same call add up: they were paid for as well
_FAILED = """
INSERT INTO failures VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (key) DO UPDATE SET
    cause = excluded.cause, detail = excluded.detail, failed_at = excluded.failed_at,
    prompt_tokens = prompt_tokens + excluded.prompt_tokens,
    completion_tokens = completion_tokens + excluded.completion_tokens
"""
_BATCH = 2000  # groups of statements in one transaction, at most

Statement = tuple[str, Sequence[Any]]


def completion_keys(request: Request, identity: Identity) -> list[str]:
    """One SHA-256 per sample, over the model's identity, the canonical JSON of the request without n, and the sample's number.

    Canonical means sorted keys and no value that equals its default, so that a new field of Request does not change keys.
    """
    values = vars(request)
    parts = {k: values[k] for k in _FIELDS if values[k] != _DEFAULTS.get(k, dataclasses.MISSING)}
    parts["messages"] = [[m.role, m.content] for m in request.messages]
    text = _canonical(parts)
    base = hashlib.sha256(f"{identity.key}\n{text}\n".encode(errors="surrogatepass"))
    keys = []
    for sample in range(request.n):
        digest = base.copy()
        digest.update(str(sample).encode())
        keys.append(digest.hexdigest())
    return keys


_canonical = json.JSONEncoder(sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode
_FIELDS = tuple(f.name for f in dataclasses.fields(Request) if f.name not in ("n", "messages"))
_DEFAULTS = {f.name: f.default for f in dataclasses.fields(Request) if f.default is not dataclasses.MISSING}


class Store:
    """A file of answers. An answer is on disk when the future of its `put` has a result.

    Raises SparError for a file that is not a store, is damaged or was written by another version.
    """

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self.path = path
        self._reader = self._connect()
        self._queue: queue.SimpleQueue[tuple[Sequence[Statement], Future[None]] | None] = queue.SimpleQueue()
        self._writer = threading.Thread(target=self._write, name="store", daemon=True)
        self._writer.start()

    def get(self, key: str) -> Completion | None:
        return self.get_all([key])[0]

    def get_all(self, keys: Sequence[str]) -> list[Completion | None]:
        """The answers with these keys, in order."""
        rows = {}
        for start in range(0, len(keys), 5000):  # SQLite sorts them, and neighbours are on the same pages
            part = keys[start : start + 5000]
            query = f"SELECT key, {_COMPLETION} FROM completions WHERE key IN ({','.join('?' * len(part))})"
            rows.update({row[0]: row[1:] for row in self._reader.execute(query, part)})
        return [Completion(*rows[key]) if key in rows else None for key in keys]

    def has(self, key: str) -> bool:
        """Whether there is an answer; takes half the time of `get`."""
        return bool(self._reader.execute("SELECT 1 FROM completions WHERE key = ?", (key,)).fetchone())

    def failure(self, key: str) -> Failure | None:
        """The last failure of this key; None once there is an answer."""
        query = "SELECT cause, detail, prompt_tokens, completion_tokens FROM failures WHERE key = ?"
        row = self._reader.execute(query, (key,)).fetchone()
        return Failure(*row) if row else None

    def last_failures(self, number: int) -> list[Failure]:
        """The newest failures, newest first."""
        query = "SELECT cause, detail, prompt_tokens, completion_tokens FROM failures ORDER BY failed_at DESC LIMIT ?"
        return [Failure(*row) for row in self._reader.execute(query, (number,))]

    def put(self, key: str, model: str, answer: Answer) -> Future[None]:
        """Stores one sample, as `put_call` does."""
        return self.put_call(model, [(key, answer)])

    def put_call(self, model: str, answers: Iterable[tuple[str, Answer]]) -> Future[None]:
        """Stores all samples of one call by their keys, in one transaction: a kill leaves all of them or none.

        The first completion of a key stays, and removes its failure. A failure is noted only: the next run asks again.
        """
        statements: list[Statement] = []
        for key, answer in answers:
            row = (key, model, *dataclasses.astuple(answer), time.time())
            if isinstance(answer, Completion):
                statements += [(_ANSWER, row), ("DELETE FROM failures WHERE key = ?", (key,))]
            else:
                statements.append((_FAILED, row))
        return self.write(*statements)

    def write(self, *statements: Statement) -> Future[None]:
        """Hands statements to the writing thread, for one transaction; the future is done when they are committed."""
        future: Future[None] = Future()
        self._queue.put((statements, future))
        return future

    def rows(self, query: str, values: Sequence[Any] = ()) -> Iterator[sqlite3.Row]:
        """Reads with a separate connection, so that a long read sees one state and blocks nothing."""
        connection = self._connect()
        connection.row_factory = sqlite3.Row
        try:
            yield from connection.execute(query, values)
        finally:
            connection.close()

    def check(self) -> str:
        """'ok', or the result of PRAGMA integrity_check."""
        return str(next(self.rows("PRAGMA integrity_check"))[0])

    def __len__(self) -> int:
        return int(self._reader.execute("SELECT count(*) FROM completions").fetchone()[0])

    def close(self) -> None:
        """Writes everything in the queue, then closes."""
        self._queue.put(None)
        self._writer.join()
        self._reader.close()

    def __enter__(self) -> Store:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def _connect(self) -> sqlite3.Connection:
        try:
            connection = sqlite3.connect(self.path, isolation_level=None, check_same_thread=False, timeout=60)
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = FULL")
            if connection.execute("PRAGMA user_version").fetchone()[0] != _VERSION:
                self._create(connection)
            return connection
        except sqlite3.Error as error:
            raise SparError(f"{self.path} cannot be used as a store of completions: {error}") from None

    def _create(self, connection: sqlite3.Connection) -> None:
        connection.execute("BEGIN IMMEDIATE")  # another process may create the tables at the same time
        try:
            version = connection.execute("PRAGMA user_version").fetchone()[0]
            tables = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
            if version != _VERSION and (version or tables):
                raise SparError(
                    f"{self.path} was written by another version (schema {version}, {_VERSION} is expected): "
                    "move it away to start a new one"
                )
            if version != _VERSION:
                for statement in filter(str.strip, _SCHEMA.split(";")):
                    connection.execute(statement)
                connection.execute(f"PRAGMA user_version = {_VERSION}")
            connection.execute("COMMIT")
        except BaseException:
            connection.execute("ROLLBACK")
            raise

    def _write(self) -> None:
        connection = self._connect()
        while (first := self._queue.get()) is not None:
            batch = [first]
            while len(batch) < _BATCH:
                try:
                    following = self._queue.get_nowait()
                except queue.Empty:
                    break
                if following is None:
                    self._queue.put(None)  # seen again after this batch
                    break
                batch.append(following)
            error = _commit(connection, [statement for statements, _ in batch for statement in statements])
            for _, future in batch:
                if not future.set_running_or_notify_cancel():
                    continue  # the waiting task was cancelled; the answer is stored all the same
                if error:
                    future.set_exception(error)
                else:
                    future.set_result(None)
        connection.close()


@contextmanager
def open_store(store: Store | Path | str | None) -> Iterator[Store]:
    """The store itself; or the store in this file, closed at the end; or, for None, a temporary one."""
    if isinstance(store, Store):
        yield store
    elif store is None:
        with tempfile.TemporaryDirectory(prefix="spar-") as folder, Store(Path(folder, "store.sqlite")) as opened:
            yield opened
    else:
        with Store(Path(store)) as opened:
            yield opened


def _commit(connection: sqlite3.Connection, statements: list[Statement]) -> Exception | None:
    try:
        connection.execute("BEGIN IMMEDIATE")
        for sql, values in statements:
            connection.execute(sql, values)
        connection.execute("COMMIT")
    except sqlite3.Error as error:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        return SparError(f"the store cannot be written: {error}. Earlier answers are safe")
    return None
