"""Contents of a store of completions, and their export to and import from JSON Lines."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import msgspec

from spar_data.core.errors import SparError
from spar_data.core.files import write_jsonl
from spar_data.models import Completion, Store, cost


@dataclass(frozen=True)
class ModelUse:
    """What a store holds of one model.

    Tokens and cost cover answers and failed calls, which were paid for as well. usd: None if no price is known.
    """

    model: str
    answers: int
    failures: int
    prompt_tokens: int
    completion_tokens: int
    usd: float | None

    def __str__(self) -> str:
        money = "no price known" if self.usd is None else f"{self.usd:,.4f} USD"
        return (
            f"{self.model}: {self.answers:,} answers, {self.failures:,} failed calls, {self.prompt_tokens:,} + "
            f"{self.completion_tokens:,} tokens, {money}"
        )


@dataclass(frozen=True)
class StoreContents:
    """What a store holds. integrity: "ok", or what SQLite found; jobs: batch jobs whose answers were not read yet."""

    file: Path
    bytes: int
    integrity: str
    models: list[ModelUse]
    jobs: int

    def __str__(self) -> str:
        lines = [f"{self.file}: {self.bytes / 1e6:,.1f} MB, integrity {self.integrity}"]
        lines += [f"  {use}" for use in self.models]
        lines += [f"  {self.jobs} batch jobs are open"] if self.jobs else []
        return "\n".join(lines)


def store_contents(file: Path) -> StoreContents:
    """Counts by model. Raises SparError for a file that is not a store."""
    _check_exists(file)
    with Store(file) as store:
        rows = store.rows(
            "SELECT model, sum(answers) a, sum(failures) f, sum(prompt) p, sum(completion) c FROM ("
            "SELECT model, count(*) answers, 0 failures, sum(prompt_tokens) prompt, sum(completion_tokens) completion"
            " FROM completions GROUP BY model UNION ALL "
            "SELECT model, 0, count(*), sum(prompt_tokens), sum(completion_tokens) FROM failures GROUP BY model"
            ") GROUP BY model ORDER BY model"
        )
        models = [ModelUse(r["model"], r["a"], r["f"], r["p"], r["c"], cost(r["model"], r["p"], r["c"])) for r in rows]
        jobs = int(next(store.rows("SELECT count(*) FROM jobs WHERE state <> 'read'"))[0])
        size = sum(f.stat().st_size for f in (file, Path(f"{file}-wal")) if f.exists())
        return StoreContents(file, size, store.check(), models, jobs)


def failure_lines(file: Path) -> list[str]:
    """One line for each failed call: time, model, cause, detail, key."""
    query = (
        "SELECT datetime(failed_at, 'unixepoch') at, model, cause, detail, key FROM failures ORDER BY failed_at, key"
    )
    with Store(file) as store:
        return [f"  {r['at']}  {r['model']}  {r['cause']}: {r['detail']}  ({r['key'][:16]})" for r in store.rows(query)]


def export_answers(file: Path, out: Path) -> int:
    """Writes all answers, ordered by key, and returns their number. Failures are not written."""
    _check_exists(file)
    with Store(file) as store:
        return write_jsonl(
            out, map(dict, store.rows(f"SELECT {', '.join(_Line.__struct_fields__)} FROM completions ORDER BY key"))
        )


def import_answers(source: Path, file: Path) -> tuple[int, int]:
    """Adds the answers of a JSON Lines file. Returns (added, present before); an answer that is present stays.

    The whole file is checked before a line of it is added. Raises SparError naming file, line and field.
    """
    _check_exists(source)
    keys = {line.key for line in _lines(source)}
    with Store(file) as store:
        before, lines = len(store), _lines(source)
        while part := list(islice(lines, 1000)):
            answers = [(line, msgspec.convert(line, Completion, from_attributes=True)) for line in part]
            for future in [store.put(line.key, line.model, answer) for line, answer in answers]:
                future.result()
        added = len(store) - before
    return added, len(keys) - added


class _Line(msgspec.Struct):
    key: str
    model: str
    text: str
    thinking: str
    finish_reason: str
    prompt_tokens: int
    completion_tokens: int


def _lines(source: Path) -> Iterator[_Line]:
    decode = msgspec.json.Decoder(_Line).decode
    with source.open("rb") as lines:
        for number, line in enumerate(lines, 1):
            try:
                yield decode(line)
            except msgspec.DecodeError as error:
                raise SparError(
                    f"{source}: line {number}: {error}: a file written by `spar-data store --export` is expected. "
                    "Nothing was added"
                ) from None


def _check_exists(file: Path) -> None:
    if not file.is_file():
        raise SparError(f"{file} does not exist")
