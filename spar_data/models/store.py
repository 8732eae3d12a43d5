"""Answers on disk, keyed by everything that can change an answer, so that no paid call is made twice."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import sqlite3
from pathlib import Path
from types import TracebackType

from spar_data.models.requests import Completion, Request

_SCHEMA = """
CREATE TABLE IF NOT EXISTS completions (
    key TEXT PRIMARY KEY, text TEXT NOT NULL, finish_reason TEXT NOT NULL,
    prompt_tokens INTEGER NOT NULL, completion_tokens INTEGER NOT NULL
) WITHOUT ROWID
"""


def completion_key(request: Request, model: str, family: str, sample: int = 0) -> str:
    """SHA-256 of the canonical JSON of request, model, endpoint family and the number of the sample."""
    parts = {"request": dataclasses.asdict(request), "model": model, "family": family, "sample": sample}
    return hashlib.sha256(json.dumps(parts, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


class Store:
    """SQLite in WAL mode: every `put` is on disk when it returns, and a killed run loses nothing that it returned."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._connection = sqlite3.connect(path, isolation_level=None)
        self._connection.execute("PRAGMA journal_mode = WAL")
        self._connection.execute(_SCHEMA)

    def get(self, key: str) -> Completion | None:
        query = "SELECT text, finish_reason, prompt_tokens, completion_tokens FROM completions WHERE key = ?"
        row = self._connection.execute(query, (key,)).fetchone()
        return Completion(*row) if row else None

    def put(self, key: str, completion: Completion) -> None:
        """Stores an answer. The first one for a key stays."""
        self._connection.execute(
            "INSERT OR IGNORE INTO completions VALUES (?, ?, ?, ?, ?)", (key, *dataclasses.astuple(completion))
        )

    def __len__(self) -> int:
        return int(self._connection.execute("SELECT count(*) FROM completions").fetchone()[0])

    def __enter__(self) -> Store:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._connection.close()
