"""What an evaluation leaves behind: scores, and every item they were made of.

A run folder holds results.json (scores, tables, counts, notes, signature, settings), responses.jsonl (one item a line,
with each verdict and its reason) and report.html. The two files carry `format`, the version of their layout.
"""

from __future__ import annotations

import dataclasses
import math
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson

from spar_data.core.errors import SparError
from spar_data.core.files import write_json, write_jsonl

FORMAT = 1


@dataclass(frozen=True)
class Score:
    """A number with its uncertainty.

    value, low, high, stderr: shares from 0 to 1, or in the unit named; low to high is the 95% interval. n: what the
    value is a share or mean of. method: how the interval was made.
    """

    name: str
    value: float
    n: int
    low: float
    high: float
    stderr: float
    method: str
    unit: str = "%"


@dataclass(frozen=True)
class Table:
    title: str
    rows: tuple[Score, ...]


@dataclass(frozen=True)
class Check:
    """One thing that was decided about a response.

    kind: the type it is counted under. verdicts: by metric ("strict", "loose", "correct", ...); None is undecided: a
    judge's reply that did not parse, a tie. reason: a sentence to act on.
    """

    kind: str
    verdicts: dict[str, bool | None]
    reason: str


@dataclass(frozen=True)
class Item:
    """One response and what was decided about it.

    id, sample: which prompt of the data, which of its samples. problem: why there is no usable response, else "".
    group: the part of the data it belongs to (subset, category, level), else "". cluster: what items that are no
    independent evidence have in common (levels of one instruction, outputs of one pair), else "". detail: transcripts of judges, gold
    labels, thinking: whatever a reader of the verdict wants to see.
    """

    id: str
    prompt: str
    response: str
    checks: tuple[Check, ...]
    sample: int = 0
    group: str = ""
    problem: str = ""
    detail: dict[str, Any] = field(default_factory=dict)
    cluster: str = ""


@dataclass(frozen=True)
class Result:
    """scores: the headline. tables: broken down. counts: what was missing, cut off, unparsed, by name; only what is not
    zero. notes: sentences that a reader of the scores has to know. signature: everything that decides them, in a line."""

    task: str
    model: str
    signature: str
    scores: tuple[Score, ...]
    items: tuple[Item, ...]
    tables: tuple[Table, ...] = ()
    counts: dict[str, int] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    settings: dict[str, Any] = field(default_factory=dict)

    def summary(self) -> dict[str, Any]:
        """Everything but the items, as plain values."""
        plain = {f.name: getattr(self, f.name) for f in dataclasses.fields(self) if f.name != "items"}
        return {"format": FORMAT, **orjson.loads(orjson.dumps(plain))}

    def score(self, name: str) -> Score:
        """A headline score by its name; KeyError if there is none."""
        for each in self.scores:
            if each.name == name:
                return each
        raise KeyError(name)


def write(result: Result, folder: Path) -> None:
    """Writes responses.jsonl, report.html and, last, results.json: where that stands the folder is whole."""
    from spar_eval.report.page import page

    write_jsonl(folder / "responses.jsonl", ({"format": FORMAT, **dataclasses.asdict(item)} for item in result.items))
    (folder / "results.json").unlink(missing_ok=True)
    page([result], folder / "report.html")
    write_json(folder / "results.json", result.summary())


def read(folder: Path, items: bool = True) -> Result:
    """The result in a run folder. items: False leaves them out, for whoever wants the scores only. Raises SparError naming
    file, line and field."""
    file = folder / "results.json"
    try:
        plain = orjson.loads(file.read_bytes())
    except OSError:
        raise SparError(f"{file} does not exist: the folder of a finished spar-eval run is expected") from None
    except orjson.JSONDecodeError as error:
        raise SparError(f"{file} is not JSON: {error.msg}") from None
    if not isinstance(plain, dict) or plain.pop("format", None) != FORMAT:
        raise SparError(f"{file}: 'format' is not {FORMAT}: written by another version; score the responses again")
    try:
        plain["scores"] = tuple(_score(each) for each in plain["scores"])
        plain["tables"] = tuple(Table(t["title"], tuple(map(_score, t["rows"]))) for t in plain["tables"])
        plain["notes"] = tuple(plain["notes"])
        return Result(items=_items(folder / "responses.jsonl") if items else (), **plain)
    except (KeyError, TypeError, AttributeError) as error:
        raise SparError(f"{file}: not as spar-eval writes it: {error}") from None


def _score(plain: dict[str, Any]) -> Score:
    """JSON has no NaN: what was one is null there."""
    values: dict[str, Any] = {name: math.nan if value is None else value for name, value in plain.items()}
    return Score(**values)


def _items(file: Path) -> tuple[Item, ...]:
    items = []
    try:
        lines = file.read_bytes().split(b"\n")
    except OSError:
        raise SparError(f"{file} does not exist: it belongs to results.json beside it") from None
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            plain = orjson.loads(line)
            plain.pop("format")
            plain["checks"] = tuple(Check(**each) for each in plain["checks"])
            items.append(Item(**plain))
        except (orjson.JSONDecodeError, KeyError, TypeError, AttributeError) as error:
            raise SparError(f"{file}, line {number}: not as spar-eval writes it: {error}") from None
    return tuple(items)
