"""Scores responses to released prompts with the checkers that the prompts carry."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
import polars as pl

from spar_data import __version__, constraints
from spar_data.errors import SparError
from spar_data.files import read_prompts


@dataclass(frozen=True)
class Rate:
    """A share with its 95% Wilson interval; n is what it is a share of."""

    passed: int
    n: int

    @property
    def value(self) -> float:
        return self.passed / self.n if self.n else math.nan

    @property
    def interval(self) -> tuple[float, float]:
        """Wilson's score interval, z = 1.96; it takes the n outcomes as independent, which constraints of one prompt are not."""
        if not self.n:
            return (math.nan, math.nan)
        z, p, n = 1.959963984540054, self.value, self.n
        centre, half = p + z * z / (2 * n), z * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
        return ((centre - half) / (1 + z * z / n), (centre + half) / (1 + z * z / n))


@dataclass(frozen=True)
class Result:
    """prompts: all verifiable constraints of a prompt are met; constraints: single ones. by_type: constraints per type.

    Only constraints that a checker covers wholly count; prompts without any are not in n. missing: prompts without a
    response, which count as failed. verdicts: one line per checked constraint.
    """

    prompts: Rate
    constraints: Rate
    by_type: dict[str, Rate]
    missing: int
    verdicts: list[dict[str, Any]]
    signature: str


def score(prompts_file: Path, responses_file: Path) -> Result:
    """Scores a JSONL file of responses ({"id" or "prompt", "response"}) against the prompts.parquet of a release.

    Raises SparError naming file and line for an unknown or repeated prompt and for a response that is not text.
    """
    prompts = read_prompts(prompts_file, ["id", "prompt", "constraints"])
    responses = _responses(responses_file, prompts)
    verdicts: list[dict[str, Any]] = []
    for row in prompts.iter_rows(named=True):
        for constraint in row["constraints"]:
            if constraint["covers"] == "whole":
                verdict = constraints.check(
                    constraint["checker"], responses.get(row["id"], ""), json.loads(constraint["params"])
                )
                verdicts.append(
                    {
                        "id": row["id"],
                        "leaf": constraint["leaf"],
                        "passed": verdict.passed,
                        "reason": verdict.reason,
                        "text": constraint["text"],
                    }
                )
    table = pl.DataFrame(
        verdicts,
        schema={"id": pl.String, "leaf": pl.String, "passed": pl.Boolean, "reason": pl.String, "text": pl.String},
    )
    whole = table.group_by("id").agg(pl.col("passed").all())
    kinds = (
        table.with_columns(type=pl.col("leaf").str.replace(r"\.[^.]+$", ""))
        .group_by("type")
        .agg(pl.col("passed").sum(), pl.len())
    )
    return Result(
        prompts=Rate(int(whole["passed"].sum()), len(whole)),
        constraints=Rate(int(table["passed"].sum()), len(table)),
        by_type={kind: Rate(passed, n) for kind, passed, n in kinds.sort("type").iter_rows()},
        missing=sum(row not in responses for row in prompts["id"]),
        verdicts=verdicts,
        signature=f"verifiable|prompts:{len(whole)}|constraints:{len(table)}|covers:whole|checkers:spar-suite-{__version__}",
    )


def _responses(file: Path, prompts: pl.DataFrame) -> dict[str, str]:
    by_text = dict(prompts.select("prompt", "id").iter_rows())
    known = set(prompts["id"])
    responses: dict[str, str] = {}
    try:
        lines = file.read_bytes().splitlines()
    except OSError as error:
        raise SparError(f"{file}: not readable: {error}") from None
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        where = f"{file}, line {number}"
        try:
            row = orjson.loads(line)
        except orjson.JSONDecodeError as error:
            raise SparError(f"{where}: not valid JSON: {error.msg}") from None
        if not isinstance(row, dict):
            raise SparError(f"{where}: an object with 'id' or 'prompt' and 'response' is expected")
        name = row.get("id") if row.get("id") in known else by_text.get(row.get("prompt", ""))
        if name is None:
            raise SparError(f"{where}: neither its 'id' nor its 'prompt' is in the prompt set")
        if name in responses:
            raise SparError(f"{where}: a second response to prompt {name}; one each is expected")
        if not isinstance(row.get("response"), str):
            raise SparError(f"{where}: 'response' is {row.get('response')!r}, text is expected")
        responses[name] = row["response"]
    return responses
