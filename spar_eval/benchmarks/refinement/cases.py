"""Reads failing responses with their judgements: written by hand, or by `spar-data judge`."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import orjson

from spar_data.constraints import validate
from spar_data.core.errors import SparError
from spar_data.core.records import Constraint, decode_constraints
from spar_data.selfplay.judge.prompt import parse_verdict
from spar_data.selfplay.refine.refiners import Case
from spar_data.sources.json_rows import JsonRow, RowSource, numbered_lines, read_rows


@dataclass(frozen=True)
class RefinementCases:
    """ids: those of the rows, or their line numbers. counts: rows that were left out, by cause. sha256: of the cases."""

    ids: tuple[str, ...]
    cases: tuple[Case, ...]
    counts: Mapping[str, int]
    sha256: str


def load_cases(
    source: RowSource, limit: int | None = None, constraints: Mapping[str, Sequence[Constraint]] | None = None
) -> RefinementCases:
    """Loads rows with prompt, response and judgement, or what `spar-data judge` writes: of its rows those with the verdict
    No, with the first judgement that says so. id and constraints are optional.

    source: a JSON Lines file, mappings or a frame. constraints: by prompt, for rows without their own. limit: failing rows.
    Raises SparError naming file, line and field.
    """
    ids: list[str] = []
    cases: list[Case] = []
    counts: Counter[str] = Counter()
    read: set[tuple[str, str]] = set()
    for where, number, row in _numbered(source):
        prompt, response = (_text(row, name, where) for name in ("prompt", "response"))
        judgement = _judgement(row, where)
        if not judgement:
            counts[f"left out: verdict {row['verdict']}"] += 1
            continue
        if (prompt, response) in read:
            counts["left out: the same prompt and response again"] += 1
            continue
        read.add((prompt, response))
        rules = (
            _constraints(row["constraints"], where)
            if row.get("constraints") is not None
            else tuple((constraints or {}).get(prompt, ()))
        )
        name = str(row["id"]) if isinstance(row.get("id"), str | int) else str(number)
        ids.append(f"{name}/{row['sample']}" if isinstance(row.get("sample"), int) else name)
        cases.append(Case(prompt, response, judgement, rules))
        if len(cases) == limit:
            break
    if not cases:
        causes = ", ".join(f"{count:,} {cause}" for cause, count in counts.items()) or "no rows at all"
        place = source if isinstance(source, str | Path) else "the rows"
        raise SparError(f"{place}: no failing response in it ({causes}): rows that were judged No are expected")
    times = Counter(ids)
    ids = [name if times[name] == 1 else f"{name}#{number}" for number, name in enumerate(ids, 1)]
    text = orjson.dumps([[case.prompt, case.response, case.judgement] for case in cases])
    return RefinementCases(tuple(ids), tuple(cases), dict(counts), hashlib.sha256(text).hexdigest())


def _numbered(source: RowSource) -> Iterator[tuple[str, int, JsonRow]]:
    """(where, number, row); numbers are those of lines."""
    if isinstance(source, str | Path):
        yield from ((f"{source}, line {number}", number, row) for number, row in numbered_lines(Path(source)))
    else:
        yield from ((where, number, row) for number, (where, row) in enumerate(read_rows(source), 1))


def _text(row: JsonRow, name: str, where: str) -> str:
    value = row.get(name)
    if not isinstance(value, str) or not value.strip():
        raise SparError(f"{where}: {name!r} is {value!r}, text is expected")
    return value


def _judgement(row: JsonRow, where: str) -> str:
    """Returns "" if the verdict is not No."""
    if row.get("verdict", "No") != "No":
        return ""
    judgement = row.get("judgement")
    if isinstance(judgement, str) and judgement.strip():
        return judgement
    if judgement is not None:
        raise SparError(f"{where}: 'judgement' is {judgement!r}, text is expected")
    judgements = row.get("judgements")
    if not isinstance(judgements, list):
        raise SparError(
            f"{where}: neither 'judgement' (text) nor 'judgements' (as `spar-data judge` writes them) is there: without a "
            f"judgement there is nothing to refine by"
        )
    for judgement in judgements:
        text = judgement.get("response") if isinstance(judgement, dict) else judgement
        if isinstance(text, str) and parse_verdict(text) is False:
            return text
    raise SparError(f"{where}: the verdict is No, but none of its 'judgements' says so")


def _constraints(value: object, where: str) -> tuple[Constraint, ...]:
    constraints = decode_constraints(value, where)
    for constraint in constraints:
        if constraint.checker:
            try:
                validate(constraint.checker, constraint.params)
            except SparError as error:
                raise SparError(f"{where}: constraint {constraint.text[:60]!r}: {error}") from None
    return constraints
