"""What a store of completions holds, and its way to and from JSON Lines."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from spar_data.core.errors import SparError
from spar_data.core.files import write_jsonl
from spar_data.models import Completion, Store, cost

_FIELDS: dict[str, type] = {
    "key": str, "model": str, "text": str, "thinking": str, "finish_reason": str, "prompt_tokens": int,
    "completion_tokens": int,
}  # fmt: skip


@dataclass(frozen=True)
class ModelRows:
    """Tokens and usd (list price, None = no price known) are those of answers and of failed calls."""

    model: str
    answers: int
    failures: int
    prompt_tokens: int
    completion_tokens: int
    usd: float | None


@dataclass(frozen=True)
class Contents:
    file: Path
    bytes: int
    integrity: str
    models: list[ModelRows]
    jobs: int

    def to_dict(self) -> dict[str, Any]:
        return {**dataclasses.asdict(self), "file": str(self.file)}


def only(files: Sequence[Path]) -> Path:
    """The one store that is meant. Raises SparError for none and for several."""
    if len(files) != 1:
        raise SparError(
            f"{len(files)} stores are meant: name one, e.g. spar-data store runs/completions.sqlite --export F"
        )
    return files[0]


def contents(file: Path) -> Contents:
    """Counts by model; tokens are those of answers and of failed calls, which were paid for as well. Raises SparError."""
    _exists(file)
    with Store(file) as store:
        rows = store.rows(
            "SELECT model, sum(answers) a, sum(failures) f, sum(prompt) p, sum(completion) c FROM ("
            "SELECT model, count(*) answers, 0 failures, sum(prompt_tokens) prompt, sum(completion_tokens) completion"
            " FROM completions GROUP BY model UNION ALL "
            "SELECT model, 0, count(*), sum(prompt_tokens), sum(completion_tokens) FROM failures GROUP BY model"
            ") GROUP BY model ORDER BY model"
        )
        models = [ModelRows(r["model"], r["a"], r["f"], r["p"], r["c"], cost(r["model"], r["p"], r["c"])) for r in rows]
        jobs = int(next(store.rows("SELECT count(*) FROM jobs WHERE state <> 'read'"))[0])
        size = sum(f.stat().st_size for f in (file, Path(f"{file}-wal")) if f.exists())
        return Contents(file, size, store.check(), models, jobs)


def text(found: Contents) -> str:
    lines = [f"{found.file}: {found.bytes / 1e6:,.1f} MB, integrity {found.integrity}"]
    for m in found.models:
        money = "no price known" if m.usd is None else f"{m.usd:,.4f} USD"
        lines.append(
            f"  {m.model}: {m.answers:,} answers, {m.failures:,} failed calls, {m.prompt_tokens:,} + "
            f"{m.completion_tokens:,} tokens, {money}"
        )
    if found.jobs:
        lines.append(f"  {found.jobs} batch jobs are open")
    return "\n".join(lines)


def failed(file: Path) -> list[str]:
    """One line per failed call: when, model, cause, detail, key."""
    query = (
        "SELECT datetime(failed_at, 'unixepoch') at, model, cause, detail, key FROM failures ORDER BY failed_at, key"
    )
    with Store(file) as store:
        return [f"  {r['at']}  {r['model']}  {r['cause']}: {r['detail']}  ({r['key'][:16]})" for r in store.rows(query)]


def dump(file: Path, out: Path) -> int:
    """Writes all answers, ordered by key; failures are no answers. Returns how many."""
    _exists(file)
    with Store(file) as store:
        return write_jsonl(out, map(dict, store.rows(f"SELECT {', '.join(_FIELDS)} FROM completions ORDER BY key")))


def load(source: Path, file: Path) -> tuple[int, int]:
    """Adds the answers of a JSON Lines file; an answer that is there stays. Returns (added, there already).

    The whole file is looked at before a line of it is added. Raises SparError naming file, line and field.
    """
    _exists(source)
    keys = set()
    with source.open("rb") as lines:
        for number, line in enumerate(lines, 1):
            keys.add(_row(source, number, line)["key"])
    with Store(file) as store, source.open("rb") as lines:
        before = len(store)
        futures = []
        for number, line in enumerate(lines, 1):
            row = _row(source, number, line)
            key, model = row.pop("key"), row.pop("model")
            futures.append(store.put(key, model, Completion(**row)))
            if len(futures) == 1000:
                _wait(futures)
        _wait(futures)
        added = len(store) - before
    return added, len(keys) - added


def _wait(futures: list[Any]) -> None:
    for future in futures:
        future.result()
    futures.clear()


def _row(source: Path, number: int, line: bytes) -> dict[str, Any]:
    try:
        row = orjson.loads(line)
    except ValueError as error:
        raise SparError(f"{source}: line {number} is not JSON: {error}. Nothing was added") from None
    for name, kind in _FIELDS.items():
        if not isinstance(row, dict) or type(row.get(name)) is not kind:
            raise SparError(
                f"{source}: line {number}: {name!r} is missing or not a {kind.__name__}: a file written by "
                "`spar-data store --export` is expected. Nothing was added"
            )
    return {name: row[name] for name in _FIELDS}


def _exists(file: Path) -> None:
    if not file.is_file():
        raise SparError(f"{file} does not exist")
