"""FollowBench's rows as groups: one instruction at its levels.

Two forms are read: the repository's files CATEGORY_constraints.json (lists of objects), and the one table of all rows that
the Hub's copy is, in English and Chinese one after the other. Level 0 is where an instruction began; it is context for
the judge and never answered or scored. The category `example` has no level 0.
"""

from __future__ import annotations

import ast
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import Any

import orjson

from spar_data.core.errors import SparError
from spar_data.sources.json_rows import locate, read_rows

CATEGORIES = ("content", "situation", "style", "format", "example", "mixed")
LEVELS = (1, 2, 3, 4, 5)
_ENDING = "_constraints.json"
_RENAMED = {"scenario": "situation"}  # the name in the first version of the data


@dataclass(frozen=True)
class Row:
    """category: of its group; the constraints of a mixed one have kinds of their own. target, answer: what the rules
    compare with, "" if there is none."""

    category: str
    example_id: int
    level: int
    source: str
    instruction: str
    target: str
    answer: str

    @property
    def id(self) -> str:
        return f"{self.category}/{self.example_id}/{self.level}"


@dataclass(frozen=True)
class Group:
    """rows: by rising level; some may be missing."""

    category: str
    example_id: int
    rows: tuple[Row, ...]

    @property
    def id(self) -> str:
        return f"{self.category}/{self.example_id}"

    @property
    def scored(self) -> tuple[Row, ...]:
        return tuple(row for row in self.rows if row.level)

    @property
    def whole(self) -> bool:
        return tuple(row.level for row in self.scored) == LEVELS


@dataclass(frozen=True)
class Data:
    groups: tuple[Group, ...]
    notes: tuple[str, ...] = ()

    @property
    def rows(self) -> list[Row]:
        """What is answered and scored, in order."""
        return [row for group in self.groups for row in group.scored]

    @property
    def digest(self) -> str:
        """Of all instructions and targets, level 0 included."""
        found = hashlib.sha256()
        for row in (row for group in self.groups for row in group.rows):
            found.update(orjson.dumps([row.id, row.instruction, row.target]))
        return found.hexdigest()[:8]

    def group(self, row: Row) -> Group:
        """The group of a row."""
        return self._groups[row.category, row.example_id]

    @cached_property
    def _groups(self) -> dict[tuple[str, int], Group]:
        return {(group.category, group.example_id): group for group in self.groups}


def load(source: str) -> Data:
    """source: a folder with the repository's files or with their `data` folder, one such file, or what `read_rows` takes: one
    table of all rows in a file, in a folder, or on the Hub.

    Raises SparError naming file, row and field for what is no row of FollowBench.
    """
    path = Path(source)
    files = sorted(path.glob(f"*{_ENDING}")) or sorted((path / "data").glob(f"*{_ENDING}"))
    if path.is_file() and path.name.endswith(_ENDING):
        files = [path]
    return _grouped([list(_file(file)) for file in files] or _table(source), source)


def default_data() -> str:
    """The folder of the files under $SPAR_BENCHMARKS or in the cache folder, else the name on the Hub."""
    found = locate((f"content{_ENDING}",), "YuxinJiang/FollowBench")
    return str(Path(found).parent) if found.endswith(_ENDING) else found


_Placed = tuple[str, Row]  # where it stands, and what


def _file(file: Path) -> Iterator[_Placed]:
    name = file.name.removesuffix(_ENDING)
    category = _RENAMED.get(name, name)
    if category not in CATEGORIES:
        raise SparError(f"{file}: the category {name!r} is unknown; {', '.join(CATEGORIES)} are expected")
    try:
        rows = orjson.loads(file.read_bytes())
    except OSError as error:
        raise SparError(f"{file}: not readable ({error.strerror})") from None
    except orjson.JSONDecodeError as error:
        raise SparError(f"{file}: not JSON: {error.msg}, line {error.lineno}") from None
    if not isinstance(rows, list):
        raise SparError(f"{file}: a list of rows is expected, this is {type(rows).__name__}")
    for number, raw in enumerate(rows, 1):
        where = f"{file}, row {number}"
        yield where, _row(where, raw, category)


def _table(source: str) -> list[list[_Placed]]:
    """Rows of one table, which is files one after the other, as lists by file.

    Its mixed rows are called by the kinds of their constraints ("format, content", or "format" alone at level 1), so groups
    are told apart by place: a group ends where the level does not rise, a file where the category changes or the numbers of
    groups do not rise.
    """
    rows = list(read_rows(source))
    if not rows:
        return []
    placed = [_row(where, raw, "") for where, raw in rows]
    ends = (at for at, (a, b) in enumerate(pairwise(placed), 1) if a.example_id != b.example_id or b.level <= a.level)
    files: list[list[_Placed]] = []
    last = ("", 0)
    for start, end in pairwise([0, *ends, len(placed)]):
        kinds = [str(raw["category"]) for _, raw in rows[start:end]]
        category = kinds[0] if len(set(kinds)) == 1 else "mixed"
        category = _RENAMED.get(category, category)
        if category not in CATEGORIES:
            raise SparError(f"{rows[start][0]}: 'category' is {kinds[0]!r}, one of {', '.join(CATEGORIES)} is expected")
        number = placed[start].example_id
        if category != last[0] or number <= last[1]:
            files.append([])
        files[-1] += [(where, _row(where, raw, category)) for where, raw in rows[start:end]]
        last = category, number
    return files


def _row(where: str, raw: Any, category: str) -> Row:
    if not isinstance(raw, dict):
        raise SparError(f"{where}: an object is expected")
    for name, kind, what in (
        ("example_id", int, "a whole number"),
        ("level", int, "a whole number from 0 to 5"),
        ("instruction", str, "text"),
        ("source", str, "text"),
        ("category", str, "text"),
    ):
        if type(raw.get(name)) is not kind:
            raise SparError(f"{where}: {name!r} is {raw.get(name)!r}, {what} is expected")
    for name in ("target", "answer"):
        if not isinstance(raw.get(name) or "", str):
            raise SparError(f"{where}: {name!r} is {raw[name]!r}, text is expected")
    row = Row(
        category, raw["example_id"], raw["level"], raw["source"], raw["instruction"],
        raw.get("target") or "", raw.get("answer") or "",
    )  # fmt: skip
    if row.level not in (0, *LEVELS):
        raise SparError(f"{where}: 'level' is {row.level}, a whole number from 0 to 5 is expected")
    if row.level and not row.instruction.strip():
        raise SparError(f"{where}: 'instruction' is empty: from level 1 on text is expected")
    _check_target(where, row)
    return row


def _check_target(where: str, row: Row) -> None:
    """What the rules will need: a list of texts for CONLL2003, a template for examples."""
    if row.level and row.source == "CONLL2003":
        try:
            names = ast.literal_eval(row.target)
        except (ValueError, SyntaxError, MemoryError, RecursionError):
            names = None
        if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
            raise SparError(f"{where}: 'target' is {row.target[:60]!r}, a list of texts is expected")
    if row.category == "example" and "{answer}" not in row.target:
        raise SparError(f"{where}: 'target' is {row.target[:60]!r}, a template with {{answer}} is expected")


def _grouped(files: list[list[_Placed]], source: str) -> Data:
    found: dict[tuple[str, int], dict[int, Row]] = {}
    places: dict[str, str] = {}
    chinese = 0
    for file in files:
        if _chinese([row.instruction for _, row in file if row.level]):
            chinese += len(file)
            continue
        for where, row in file:
            if row.id in places:
                raise SparError(f"{where}: a second row of {row.category} {row.example_id}, level {row.level}; the first "
                                f"is {places[row.id]}")  # fmt: skip
            places[row.id] = where
            found.setdefault((row.category, row.example_id), {})[row.level] = row
    if not found:
        raise SparError(f"{source}: no rows in English: FollowBench's data/ is expected, its rules are for English")
    groups = [
        Group(category, number, tuple(rows[level] for level in sorted(rows)))
        for (category, number), rows in sorted(found.items(), key=lambda each: CATEGORIES.index(each[0][0]))
    ]
    groups = [group for group in groups if group.scored]
    notes = [f"{chinese:,} rows in Chinese are left out: the rules are for English"] if chinese else []
    gaps = [g for g in groups if not g.whole]
    if gaps:
        told = ", ".join(f"{g.id} has {', '.join(str(row.level) for row in g.scored)}" for g in gaps[:5])
        more = f", and {len(gaps) - 5} more" if len(gaps) > 5 else ""
        notes.append(
            f"groups with missing levels count for HSR and SSR where they have rows, and not for CSL: {told}{more}"
        )
    bare = [g for g in groups if g.category != "example" and g.rows[0].level]
    if bare:
        told = ", ".join(g.id for g in bare[:5]) + (f", and {len(bare) - 5} more" if len(bare) > 5 else "")
        notes.append(f"groups without level 0, whose judge does not see where the instruction began: {told}")
    return Data(tuple(groups), tuple(notes))


def _chinese(texts: list[str]) -> bool:
    """Whether most of them are: single ones of either language translate from or to the other."""
    return 2 * sum(sum("\u4e00" <= c <= "\u9fff" for c in text) > 0.2 * len(text) for text in texts) > len(texts)
