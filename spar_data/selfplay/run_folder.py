"""A self-play run folder: samples.parquet, negatives.parquet, trees.parquet and run.json, as rows."""

from __future__ import annotations

import dataclasses
import json
import types
import typing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import polars as pl

from spar_data.core.errors import SparError, first_line
from spar_data.core.records import Constraint, first_null, schema
from spar_data.selfplay.judge.votes import VoteRule
from spar_data.selfplay.records import Dialogue, Node, Pair, Sample, squeeze
from spar_data.sources.release_prompts import constraints_by_id

Row = TypeVar("Row")
_BATCH = 2000  # rows


@dataclass(frozen=True)
class Folder:
    """facts: run.json, {} where there is none. samples and nodes are read when they are asked for."""

    path: Path
    facts: dict[str, Any]

    def samples(self, replies: bool = False) -> list[Sample]:
        """Every response with its votes; replies: with all that the judge said, which most recipes have no use for."""
        return read(self.path / "samples.parquet", Sample, replies)

    def nodes(self, replies: bool = False) -> list[Node]:
        """Raises SparError where no trees were grown."""
        file = self.path / "trees.parquet"
        if not file.is_file():
            raise SparError(
                f"{self.path} holds no trees.parquet: `spar-data selfplay` grows the trees; recipes that use samples "
                "alone, such as direct, need none"
            )
        return read(file, Node, replies)

    @property
    def has_trees(self) -> bool:
        return (self.path / "trees.parquet").is_file()

    @property
    def seed(self) -> int:
        """The run's seed, 42 if run.json names none."""
        found = self.facts.get("seed", self.facts.get("settings", {}).get("seed"))
        return found if isinstance(found, int) else 42

    @property
    def system(self) -> str:
        """The system prompt that the actor responded under, as run.json has it."""
        sampling = self.facts.get("settings", {}).get("sampling")
        found = sampling.get("system", "") if isinstance(sampling, dict) else ""
        return found if isinstance(found, str) else ""

    @property
    def vote_rule(self) -> VoteRule | None:
        """How the votes were counted, as run.json has it; None if it does not say."""
        settings = self.facts.get("settings", {})
        judge = settings.get("judge")
        votes = judge.get("votes") if isinstance(judge, dict) else None
        min_valid = settings.get("min_valid", 0)
        return VoteRule(votes, min_valid) if isinstance(votes, int) and isinstance(min_valid, int) else None


def open_folder(path: Path) -> Folder:
    """Raises SparError for a folder that is no self-play run."""
    if not (path / "samples.parquet").is_file():
        raise SparError(
            f"{path} is no self-play run: it has no samples.parquet. `spar-data selfplay` makes one from prompts"
        )
    facts: Any = {}
    if (path / "run.json").is_file():
        try:
            facts = json.loads((path / "run.json").read_text(encoding="utf-8"))
        except ValueError as error:
            raise SparError(f"{path / 'run.json'} is not JSON: {error}. Run `spar-data selfplay` again") from None
    if not isinstance(facts, dict):
        raise SparError(f"{path / 'run.json'}: an object is expected. Run `spar-data selfplay` again")
    for name in ("settings", "source", "phases"):
        if not isinstance(facts.get(name) or {}, dict):
            raise SparError(f"{path / 'run.json'}: '{name}' should be an object. Run `spar-data selfplay` again")
    return Folder(path, facts)


def constraints(folder: Folder) -> dict[str, tuple[Constraint, ...]]:
    """Constraints by prompt id, from the prompts that run.json names; {} where they are not there any more."""
    source = folder.facts.get("source")
    return constraints_by_id(str(source.get("path", ""))) if isinstance(source, dict) else {}


def added(file: Path) -> list[Pair] | list[Dialogue]:
    """Rows made elsewhere: pairs, or dialogues such as an SFT set. Raises SparError for a file that holds neither."""
    try:
        pairs = "chosen" in pl.read_parquet_schema(file)
    except (OSError, pl.exceptions.PolarsError) as error:
        raise SparError(f"{file}: a parquet file of pairs or dialogues is expected: {first_line(error)}") from None
    found: list[Pair] | list[Dialogue] = read(file, Pair, True) if pairs else read(file, Dialogue, True)
    for number, row in enumerate(list[Pair | Dialogue](found), 1):
        if wrong := _unfit(row):
            raise SparError(f"{file}: row {number}: {wrong}")
    return found


def _unfit(row: Pair | Dialogue) -> str:
    """Why nothing can be learnt from a row."""
    turns = row.prompt if isinstance(row, Pair) else row.messages[:-1]
    if not turns or turns[-1].role != "user":
        return "a prompt that ends with a message of the user is expected"
    if isinstance(row, Dialogue):
        last = row.messages[-1]
        return (
            "" if last.role == "assistant" and last.content.strip() else "a message of the assistant is expected last"
        )
    if not squeeze(row.chosen) or not squeeze(row.rejected) or squeeze(row.chosen) == squeeze(row.rejected):
        return "two different sides are expected, neither of them empty"
    return ""


def read(file: Path, record: type[Row], replies: bool) -> list[Row]:
    """The rows of a parquet file, [] where it has none. Raises SparError naming file, row and field.

    In batches: the replies of a judge are most of a file, and are left out as each batch comes in."""
    wanted = schema(record)
    try:
        there = pl.read_parquet_schema(file)
        optional = {f.name for f in dataclasses.fields(typing.cast(Any, record)) if f.default is None}
        missing = [name for name in wanted if name not in there and name not in optional]
        if missing:
            raise SparError(f"{file}: column '{missing[0]}' is missing: rows of {record.__name__} are expected")
        frame = pl.scan_parquet(file).with_columns(pl.lit(None).alias(name) for name in optional - there.keys())
        if not replies and "votes" in wanted:
            none = pl.lit([], dtype=pl.List(pl.String)).alias("replies")
            frame = frame.with_columns(pl.col("votes").struct.with_fields(none))
        columns = [pl.col(name).cast(dtype) for name, dtype in wanted.items()]
        found: list[Row] = []
        for batch in frame.select(columns).collect_batches(maintain_order=True, chunk_size=_BATCH):
            whole(batch, record, file, len(found))
            found += rows(batch, record)
        return found
    except (OSError, pl.exceptions.PolarsError) as error:
        raise SparError(f"{file}: rows of {record.__name__} are expected: {first_line(error)}") from None


def whole(frame: pl.DataFrame, record: type, file: Path, before: int = 0) -> None:
    """Raises SparError naming row and field where a value is missing. before: rows of the file that are not in the frame."""
    field = first_null(frame, record)
    if field:
        row = next(at for at in range(len(frame)) if first_null(frame[at : at + 1], record) == field)
        raise SparError(f"{file}: row {before + row + 1}: '{field}' is null: a value is expected in every row")


def rows(frame: pl.DataFrame, record: type[Row]) -> list[Row]:
    """The records of a frame: the inverse of spar_data.core.records.frame."""
    make = _maker(record)
    return [make(each) for each in frame.iter_rows(named=True)]


def _maker(kind: Any) -> Any:
    """From the dictionaries of polars to records, nested ones included; None for what needs no making."""
    if isinstance(kind, types.GenericAlias):
        inner = _maker(typing.get_args(kind)[0])
        return inner and (lambda values: [inner(value) for value in values])
    if not dataclasses.is_dataclass(kind):
        return None
    nested = {name: make for name, hint in typing.get_type_hints(kind).items() if (make := _maker(hint))}

    def build(values: dict[str, Any]) -> Any:
        for name, make in nested.items():
            values[name] = make(values[name])
        return typing.cast(type, kind)(**values)

    return build
