"""Prompts from files, datasets and Python objects.

Sources are read batch by batch, and rows become columns at once: ten million conversations never sit in memory as Python
objects. `as_prompts` and `row_batches` take prompts in any form that a caller may have.
"""

from __future__ import annotations

import glob
import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import NamedTuple, TypeAlias

import polars as pl

from spar_data.core.assets import asset
from spar_data.core.config import Config, setting
from spar_data.core.errors import SparError
from spar_data.core.ids import row_id
from spar_data.core.records import Prompt, decode_constraints
from spar_data.sources.containers import ENDINGS, NumberedRow, dataset_rows, file_rows
from spar_data.sources.release_prompts import holds_constraints, read_prompts
from spar_data.sources.row_shapes import BadRow, prompt_of

Prompts: TypeAlias = "str | os.PathLike[str] | pl.DataFrame | Iterable[str | Mapping[str, object] | Prompt]"
"""Prompts as a caller may pass them: the path of a source or release, a frame, or texts, rows and `Prompt` objects."""

_ROWS = pl.Schema({"id": pl.String, "prompt": pl.String, "language": pl.String, "source": pl.String, "row": pl.Int64})
_BAD = pl.Schema({"id": pl.String, "source": pl.String, "row": pl.Int64, "reason": pl.String})


@dataclass(frozen=True)
class SourceConfig(Config):
    """Where rows come from. Without paths and dataset: the seeds that ship with the project."""

    paths: tuple[str, ...] = setting((), "Files, folders or globs.")
    dataset: str = setting("", "Name on the Hub (read as a stream), or a local folder in the format of `datasets`.")
    subset: str = setting("", "Subset of the dataset.")
    split: str = setting("train", "Split of the dataset.")
    limit: int = setting(0, "Number of rows to read; 0 = all.", at_least=0)

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.paths and self.dataset:
            raise SparError("paths and dataset are both given: one of them is expected")


class RowBatch(NamedTuple):
    """rows: id, prompt, language (null = unknown), source, row. bad: id, source, row, reason."""

    rows: pl.DataFrame
    bad: pl.DataFrame


def source_files(config: SourceConfig) -> list[Path]:
    """The files of a source in reading order; none for a dataset. Raises SparError for a path that holds no source."""
    if config.dataset:
        return []
    if not config.paths:
        return sorted(asset("seeds").glob("*.jsonl"))
    files: list[Path] = []
    for pattern in config.paths:
        path = Path(pattern)
        if path.is_dir():
            matches = sorted(p for p in path.rglob("*") if p.name.endswith(ENDINGS))
        elif path.is_file():
            matches = [path]
        else:
            matches = sorted(Path(p) for p in glob.glob(pattern, recursive=True) if Path(p).is_file())
        if not matches:
            raise SparError(f"source {pattern}: no such file, or no {', '.join(ENDINGS)} file in it")
        for file in matches:
            if not file.name.endswith(ENDINGS):
                raise SparError(f"source {file}: unknown kind of file; one of {', '.join(ENDINGS)} is expected")
        files += matches
    return files


def read_batches(config: SourceConfig, batch_rows: int = 50_000) -> Iterator[RowBatch]:
    """Yields the source in batches, in order. Rows are numbered from 1 within their file or dataset."""
    left = config.limit or None
    for source, rows in _sources(config):
        while left is None or left > 0:
            chunk = list(islice(rows, batch_rows if left is None else min(batch_rows, left)))
            if not chunk:
                break
            left = None if left is None else left - len(chunk)
            yield _batch(source, chunk)


def row_batches(prompts: Prompts) -> Iterator[RowBatch]:
    """Yields prompts in the batches of `read_batches`. Raises SparError for a row without a usable prompt."""
    if isinstance(prompts, str | os.PathLike):
        batches = read_batches(SourceConfig(paths=(str(_prompt_file(prompts)),)))
    else:
        rows = [NumberedRow(number, _as_row(value)) for number, value in enumerate(_values(prompts), 1)]
        batches = iter([_batch("prompts", rows)])
    for batch in batches:
        for bad in batch.bad.iter_rows(named=True):
            raise SparError(f"{bad['source']}: row {bad['row']}: {bad['reason']}: a prompt is expected in every row")
        yield batch


def as_prompts(prompts: Prompts) -> list[Prompt]:
    """Prompts in any form as `Prompt` objects, each text once, in order.

    prompts: a path of a source in any format or of a release folder; a polars frame; or an iterable of texts, rows and
    `Prompt` objects. A column or key `constraints`, as releases have it, gives the constraints. Raises SparError naming
    the row that holds no usable prompt.

    >>> from spar_data import as_prompts
    >>> [prompt.text for prompt in as_prompts(["Name a bird.", {"prompt": "Name a fish."}, "Name a bird."])]
    ['Name a bird.', 'Name a fish.']
    """
    if isinstance(prompts, str | os.PathLike):
        file = _prompt_file(prompts)
        if holds_constraints(file):
            items: Iterable[Prompt] = read_prompts(file)
        else:
            texts = (text for batch in row_batches(file) for text in batch.rows["prompt"])
            items = (Prompt(row_id(text), text) for text in texts)
    else:
        items = (_as_prompt(value, f"prompts: row {number}") for number, value in enumerate(_values(prompts), 1))
    unique: dict[str, Prompt] = {}
    for item in items:
        unique.setdefault(item.id, item)
    return list(unique.values())


def reusable(prompts: Prompts) -> Prompts:
    """The same prompts in a form that can be read more than once."""
    return prompts if isinstance(prompts, str | os.PathLike | pl.DataFrame) else list(prompts)


def _prompt_file(path: str | os.PathLike[str]) -> Path:
    """The path itself, or the prompts of a release folder."""
    inner = Path(path) / "data" / "prompts.parquet"
    return inner if inner.is_file() else Path(path)


def _values(prompts: pl.DataFrame | Iterable[object]) -> Iterable[object]:
    return prompts.iter_rows(named=True) if isinstance(prompts, pl.DataFrame) else prompts


def _as_row(value: object) -> object:
    if isinstance(value, Prompt):
        return {"prompt": value.text}
    return {"prompt": value} if isinstance(value, str) else value


def _as_prompt(value: object, where: str) -> Prompt:
    if isinstance(value, Prompt):
        return value
    try:
        text, _ = prompt_of(_as_row(value))
    except BadRow as error:
        raise SparError(f"{where}: {error}") from None
    constraints = value.get("constraints") if isinstance(value, Mapping) else None
    return Prompt(row_id(text), text, decode_constraints(constraints, where))


def _sources(config: SourceConfig) -> Iterator[tuple[str, Iterator[NumberedRow]]]:
    if config.dataset:
        yield config.dataset, dataset_rows(config.dataset, config.subset, config.split)
    else:
        yield from ((path.name, file_rows(path)) for path in source_files(config))


def _batch(source: str, chunk: list[NumberedRow]) -> RowBatch:
    good: list[tuple[str, str, str | None, str, int]] = []
    bad: list[tuple[str, str, int, str]] = []
    for number, value in chunk:
        try:
            prompt, language = prompt_of(value)
            good.append((row_id(prompt), prompt, language, source, number))
        except BadRow as reason:
            bad.append((row_id(source, str(number)), source, number, str(reason)))
    return RowBatch(pl.DataFrame(good, schema=_ROWS, orient="row"), pl.DataFrame(bad, schema=_BAD, orient="row"))
