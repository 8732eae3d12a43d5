"""Rows of prompts to rows of responses, by any model."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from spar_data.core.errors import SparError
from spar_data.core.files import write_jsonl
from spar_data.core.ids import row_id
from spar_data.models import (
    Completion,
    Failure,
    Limits,
    Report,
    Store,
    Tally,
    ask_all,
    identify,
    read,
    silent,
)
from spar_data.models.sampling import Sampling
from spar_data.sources.json_rows import json_lines
from spar_data.sources.prompts import SourceConfig, read_batches

Row = dict[str, Any]
Rows = Callable[[], Iterator[Row]]  # a function, because rows are read again for each pass


def prompts(source: str, limit: int = 0, only: Container[str] | None = None) -> Rows:
    """Prompts of any source format, once each, with the id that releases give them. only: ids. Raises SparError for a row that is
    none, before anything is asked."""

    def rows() -> Iterator[Row]:
        seen: set[str] = set()
        for batch in read_batches(SourceConfig(paths=(source,))):
            for bad in batch.bad.iter_rows(named=True):
                raise SparError(
                    f"{bad['source']}: row {bad['row']}: {bad['reason']}: a prompt is expected in every row"
                )
            for prompt in batch.rows["prompt"]:
                identifier = row_id(prompt)
                wanted = only is None or identifier in only
                if wanted and identifier not in seen and (not limit or len(seen) < limit):
                    seen.add(identifier)
                    yield {"id": identifier, "prompt": prompt}

    return rows


def responses(file: Path, limit: int = 0) -> Rows:
    """Lines of `respond`: JSON objects with prompt and response. Raises SparError naming file, line and field."""

    def rows() -> Iterator[Row]:
        found = False
        for where, row in islice(json_lines(file), limit or None):
            found = True
            for name in ("prompt", "response"):
                if not isinstance(row.get(name), str):
                    raise SparError(f"{where}: {name!r} is missing or no text: text is expected")
            yield row
        if not found:
            raise SparError(f"{file} is empty: lines with prompt and response are expected")

    return rows


def respond(
    rows: Rows,
    model: str,
    out: Path,
    store: Store,
    sampling: Sampling,
    limits: Limits = Limits(),
    report: Report = silent,
) -> Tally:
    """Writes one line per prompt and sample, in input order: id, prompt, sample, response, thinking, model. What has no
    answer goes to OUT.failed.jsonl with its cause instead."""

    failed: list[Row] = []

    def lines() -> Iterator[Row]:
        answered = read(identify(model), (sampling.request(row["prompt"]) for row in rows()), store)
        for row, answers in zip(rows(), answered, strict=True):
            for i, answer in enumerate(answers):
                line = {**row, "sample": i, **_told(answer), "model": model}
                if isinstance(answer, Failure):
                    failed.append(line)
                else:
                    yield line

    total = sum(sampling.samples for _ in rows())
    tally = ask_all(model, (sampling.request(row["prompt"]) for row in rows()), store, limits, report, total)
    write_jsonl(out, lines())
    failures = out.with_name(f"{out.stem}.failed.jsonl")
    if failed:
        write_jsonl(failures, failed)
    else:
        failures.unlink(missing_ok=True)
    return tally


def _told(answer: Completion | Failure) -> Row:
    if isinstance(answer, Failure):
        return {"failure": str(answer)}
    return {"response": answer.text, **({"thinking": answer.thinking} if answer.thinking else {})}
