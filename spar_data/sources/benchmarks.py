"""The prompts of public benchmarks, from local files, to keep them out of what is released."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from spar_data.core.assets import cache_folder
from spar_data.core.errors import SparError
from spar_data.core.files import sha256


@dataclass(frozen=True)
class BenchmarkTexts:
    """files: (name, sha256); items: (item id, prompt)."""

    name: str
    files: list[tuple[str, str]]
    items: list[tuple[str, str]]


_LOOKED_FOR = (
    "input_data.jsonl (IFEval), dataset.json (LLMBar), *_constraints.json (FollowBench) or IFBench_test.jsonl (IFBench) "
    "are looked for"
)


def read_benchmarks(paths: Sequence[str] = ()) -> list[BenchmarkTexts]:
    """Reads every benchmark file found under `paths`, or else under $SPAR_BENCHMARKS, or else the cache folder.

    Known: IFEval (input_data.jsonl), LLMBar (dataset.json of each subset), FollowBench (*_constraints.json), IFBench
    (IFBench_test.jsonl). A file that several paths lead to is read once. Nothing in the cache folder and nothing else
    said: an empty list. Raises SparError for a path (or a $SPAR_BENCHMARKS) without any of them, and for a file that
    does not hold what its name says, an empty one included: it must not count as checked.
    """
    named = os.environ.get("SPAR_BENCHMARKS", "")
    given = [(Path(p), p) for p in paths] or ([(Path(named), f"$SPAR_BENCHMARKS = {named}")] if named else [])
    for path, said in given:
        if not path.exists():
            raise SparError(f"{said} does not exist: {_LOOKED_FOR}")
        if not any(_known(path)):
            raise SparError(f"no benchmark files in {said}: {_LOOKED_FOR}")
    found: dict[str, tuple[list[tuple[str, str]], list[tuple[str, str]]]] = {}
    seen = set()
    for path in [path for path, _ in given] or [cache_folder() / "benchmarks"]:
        for name, file, read in _known(path):
            if file.resolve() in seen:
                continue
            seen.add(file.resolve())
            items = read(file)
            if not items:
                raise SparError(f"{file} holds no prompts: fetch it again or take it away")
            files, all_items = found.setdefault(name, ([], []))
            files.append((file.name if name != "LLMBar" else f"{file.parent.name}/{file.name}", sha256(file)))
            all_items += items
    return [BenchmarkTexts(name, *found[name]) for name in sorted(found)]


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
            place = f"line {number}"
            row = _parse(file, line, place)
            items.append((_number(file, place, row, "key"), _text(file, place, row, "prompt")))
    return items


def _pairs(file: Path) -> list[tuple[str, str]]:
    return [(f"{file.parent.name}-{i}", _text(file, f"row {i}", row, "input")) for i, row in enumerate(_rows(file))]


def _levels(file: Path) -> list[tuple[str, str]]:
    kind = file.name.removesuffix("_constraints.json")
    items = []
    for i, row in enumerate(_rows(file)):
        place = f"row {i}"
        name = f"{kind}-{_number(file, place, row, 'example_id')}-{_number(file, place, row, 'level')}"
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


def _number(file: Path, place: str, row: Any, key: str) -> str:
    """Numbers of items: IFEval writes them as integers, IFBench as text."""
    value = _field(file, place, row, key)
    if type(value) not in (int, str):
        raise SparError(f"{file}: {place}: {key} is a {type(value).__name__}, an integer or text is expected")
    return str(value)


def _text(file: Path, place: str, row: Any, key: str) -> str:
    value = _field(file, place, row, key)
    if not isinstance(value, str):
        raise SparError(f"{file}: {place}: {key} is a {type(value).__name__}, text is expected")
    return value
