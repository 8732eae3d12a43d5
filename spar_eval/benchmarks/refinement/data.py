"""Failing responses with their judgements: written by hand, or by `spar-data judge`."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from spar_data.constraints import validate
from spar_data.core.errors import SparError
from spar_data.core.records import Constraint, decode_constraints
from spar_data.selfplay.judge.prompt import parse_verdict
from spar_data.selfplay.refine.refiners import Case
from spar_data.sources.json_rows import numbered_lines


@dataclass(frozen=True)
class Data:
    """ids: the rows' own, or their line numbers. counts: rows that were not taken, by cause. sha256: of the cases."""

    ids: tuple[str, ...]
    cases: tuple[Case, ...]
    counts: Mapping[str, int]
    sha256: str


def load(file: Path, limit: int = 0, wanted: Mapping[str, Sequence[Constraint]] | None = None) -> Data:
    """JSON Lines with prompt, response and judgement; or what `spar-data judge` writes: of its rows those with the verdict
    No, with the first judgement that says so. id is optional, and so are constraints (as the rows of a release have them).

    wanted: constraints by prompt, for rows that have none of their own. limit: failing rows; 0 = all. Raises SparError naming
    file, line and field.
    """
    ids: list[str] = []
    cases: list[Case] = []
    counts: Counter[str] = Counter()
    seen: set[tuple[str, str]] = set()
    for number, row in numbered_lines(file):
        where = f"{file}, line {number}"
        prompt, response = (_text(row, name, where) for name in ("prompt", "response"))
        judgement = _judgement(row, where)
        if not judgement:
            counts[f"left out: verdict {row['verdict']}"] += 1
            continue
        if (prompt, response) in seen:
            counts["left out: the same prompt and response again"] += 1
            continue
        seen.add((prompt, response))
        own = row.get("constraints")
        rules = _constraints(own, where) if own is not None else tuple((wanted or {}).get(prompt, ()))
        identifier = row.get("id")
        name = str(identifier) if isinstance(identifier, str | int) else str(number)
        ids.append(f"{name}/{row['sample']}" if isinstance(row.get("sample"), int) else name)
        cases.append(Case(prompt, response, judgement, rules))
        if len(cases) == limit:
            break
    if not cases:
        found = ", ".join(f"{count:,} {name}" for name, count in counts.items()) or "no rows at all"
        raise SparError(f"{file}: no failing response in it ({found}): rows that were judged No are expected")
    often = Counter(ids)
    ids = [name if often[name] == 1 else f"{name}#{at}" for at, name in enumerate(ids, 1)]
    text = orjson.dumps([[c.prompt, c.response, c.judgement] for c in cases])
    return Data(tuple(ids), tuple(cases), dict(counts), hashlib.sha256(text).hexdigest())


def _text(row: dict[str, Any], name: str, where: str) -> str:
    value = row.get(name)
    if not isinstance(value, str) or not value.strip():
        raise SparError(f"{where}: {name!r} is {value!r}, text is expected")
    return value


def _judgement(row: dict[str, Any], where: str) -> str:
    """ "" for a row whose verdict is another one than No."""
    verdict = row.get("verdict", "No")
    if verdict != "No":
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
    for each in judgements:
        text = each.get("response") if isinstance(each, dict) else each
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
