"""Prompts of a release with their constraints, whose parameters are decoded here."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from spar_data.core.errors import SparError, first_line
from spar_data.core.ids import row_id
from spar_data.core.records import Constraint, Prompt, decode_constraints


def read_prompts(file: Path) -> list[Prompt]:
    """Reads the prompts.parquet of a release. Without a column `id` the ids are hashes of the prompts.

    Raises SparError for a file without prompts and constraints, and for a malformed constraint with its row.
    """
    try:
        columns = pl.read_parquet_schema(file)
        frame = pl.read_parquet(file, columns=["id", "prompt", "constraints"][0 if "id" in columns else 1 :])
    except (OSError, pl.exceptions.PolarsError) as error:
        raise SparError(f"{file}: the prompts.parquet of a release is expected: {first_line(error)}") from None
    prompts = []
    for number, row in enumerate(frame.iter_rows(named=True), 1):
        text = row["prompt"]
        constraints = decode_constraints(row["constraints"], f"{file}: row {number}")
        prompts.append(Prompt(row.get("id") or row_id(text), text, constraints))
    return prompts


def constraints_by_text(file: Path) -> dict[str, tuple[Constraint, ...]]:
    """Reads prompt text to constraints from the prompts.parquet of a release. Raises SparError."""
    return {prompt.text: prompt.constraints for prompt in read_prompts(file)}


def constraints_by_id(source: str | Path) -> dict[str, tuple[Constraint, ...]]:
    """Maps the hash of each prompt with constraints to these; empty unless the source has the columns of a release.

    Raises SparError for malformed constraints.
    """
    prompts = read_prompts(Path(source)) if holds_constraints(Path(source)) else []
    return {row_id(prompt.text): prompt.constraints for prompt in prompts if prompt.constraints}


def holds_constraints(file: Path) -> bool:
    """Whether a file is a parquet file with the columns `prompt` and `constraints` of a release."""
    if file.suffix != ".parquet" or not file.is_file():
        return False
    try:
        return {"prompt", "constraints"} <= pl.read_parquet_schema(file).keys()
    except (OSError, pl.exceptions.PolarsError):
        return False  # the reader of the prompts raises the error
