"""The prompts of public benchmarks, from local files, to keep them out of what is released."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from spar_data.errors import SparError
from spar_data.files import sha256


@dataclass(frozen=True)
class Benchmark:
    """files: (name, sha256); items: (item id, prompt)."""

    name: str
    files: list[tuple[str, str]]
    items: list[tuple[str, str]]


def find(paths: Sequence[str] = ()) -> list[Benchmark]:
    """Reads every benchmark file found under `paths`, or else under $SPAR_BENCHMARKS, or else the cache folder.

    Known: IFEval (input_data.jsonl), LLMBar (dataset.json of each subset), FollowBench (*_constraints.json), IFBench
    (IFBench_test.jsonl). No path given and nothing found: an empty list. Raises SparError for a path without any of them
    and for a file that does not hold what its name says.
    """
    given = [Path(p) for p in paths or filter(None, [os.environ.get("SPAR_BENCHMARKS")])]
    for path in given:
        if not any(_known(path)):
            raise SparError(
                f"no benchmark files in {path}: input_data.jsonl (IFEval), dataset.json (LLMBar), *_constraints.json "
                "(FollowBench) or IFBench_test.jsonl are looked for"
            )
    found: dict[str, tuple[list[tuple[str, str]], list[tuple[str, str]]]] = {}
    for path in given or [cache_folder()]:
        for name, file, read in _known(path):
            files, items = found.setdefault(name, ([], []))
            files.append((file.name if name != "LLMBar" else f"{file.parent.name}/{file.name}", sha256(file)))
            items += read(file)
    return [Benchmark(name, *found[name]) for name in sorted(found)]


def cache_folder() -> Path:
    """Where benchmark files are looked for if nothing else is said."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "spar-suite" / "benchmarks"


def _known(path: Path) -> Iterator[tuple[str, Path, Callable[[Path], list[tuple[str, str]]]]]:
    files = [path] if path.is_file() else sorted(p for p in path.rglob("*.json*") if p.is_file())
    for file in files:
        if file.name == "input_data.jsonl":
            yield "IFEval", file, _lines
        elif file.name == "IFBench_test.jsonl":
            yield "IFBench", file, _lines
        elif file.name == "dataset.json":
            yield "LLMBar", file, _pairs
        elif file.name.endswith("_constraints.json"):
            yield "FollowBench", file, _levels


def _lines(file: Path) -> list[tuple[str, str]]:
    items = []
    for number, line in enumerate(file.read_bytes().splitlines(), 1):
        if line.strip():
            row = _parse(file, line, f"line {number}")
            items.append(
                (str(_field(file, f"line {number}", row, "key")), _text(file, f"line {number}", row, "prompt"))
            )
    return items


def _pairs(file: Path) -> list[tuple[str, str]]:
    return [(f"{file.parent.name}-{i}", _text(file, f"row {i}", row, "input")) for i, row in enumerate(_rows(file))]


def _levels(file: Path) -> list[tuple[str, str]]:
    kind = file.name.removesuffix("_constraints.json")
    items = []
    for i, row in enumerate(_rows(file)):
        place = f"row {i}"
        name = f"{kind}-{_field(file, place, row, 'example_id')}-{_field(file, place, row, 'level')}"
        items.append((name, _text(file, place, row, "instruction")))
    return items


def _rows(file: Path) -> list[Any]:
    rows = _parse(file, file.read_bytes(), "the file")
    if not isinstance(rows, list):
        raise SparError(f"{file}: a JSON array is expected")
    return rows


def _parse(file: Path, data: bytes, place: str) -> Any:
    try:
        return orjson.loads(data)
    except orjson.JSONDecodeError as error:
        raise SparError(f"{file}: {place} is not valid JSON: {error.msg}") from None


def _field(file: Path, place: str, row: Any, key: str) -> Any:
    if not isinstance(row, dict) or key not in row:
        raise SparError(f"{file}: {place} has no field {key!r}")
    return row[key]


def _text(file: Path, place: str, row: Any, key: str) -> str:
    value = _field(file, place, row, key)
    if not isinstance(value, str):
        raise SparError(f"{file}: {place}: {key} is a {type(value).__name__}, text is expected")
    return value
