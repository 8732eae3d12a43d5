"""Reads the prompts of public benchmarks from local files, to keep them out of releases."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import orjson

from spar_data.core.assets import cache_folder
from spar_data.core.errors import SparError
from spar_data.core.files import sha256

Items = list[tuple[str, str]]


@dataclass(frozen=True)
class BenchmarkTexts:
    """files: (name, sha256). items: (item id, prompt)."""

    name: str
    files: list[tuple[str, str]]
    items: Items


_EXPECTED = (
    "input_data.jsonl (IFEval), dataset.json (LLMBar), *_constraints.json (FollowBench) or IFBench_test.jsonl (IFBench) "
    "is expected"
)


def read_benchmarks(paths: Sequence[str] = ()) -> list[BenchmarkTexts]:
    """Reads every benchmark file under `paths`, or else under $SPAR_BENCHMARKS, or else under the cache folder.

    Known files: IFEval (input_data.jsonl), LLMBar (dataset.json of each subset), FollowBench (*_constraints.json) and
    IFBench (IFBench_test.jsonl). A file that several paths lead to is read once. Returns an empty list if no path is named
    and the cache folder holds none. Raises SparError for a path (or a $SPAR_BENCHMARKS) without any of them, and for a file
    without the content that its name promises. An empty file is an error too: it must not count as checked.
    """
    variable = os.environ.get("SPAR_BENCHMARKS", "")
    places = {path: Path(path) for path in paths} or (
        {f"$SPAR_BENCHMARKS = {variable}": Path(variable)} if variable else {}
    )
    for label, path in places.items():
        if not path.exists():
            raise SparError(f"{label} does not exist: {_EXPECTED}")
        if not any(_known_files(path)):
            raise SparError(f"no benchmark files in {label}: {_EXPECTED}")
    benchmarks: dict[str, BenchmarkTexts] = {}
    seen: set[Path] = set()
    for path in places.values() or [cache_folder() / "benchmarks"]:
        for name, file, read in _known_files(path):
            if file.resolve() in seen:
                continue
            seen.add(file.resolve())
            items = read(file)
            if not items:
                raise SparError(f"{file} holds no prompts: fetch it again or remove it")
            benchmark = benchmarks.setdefault(name, BenchmarkTexts(name, [], []))
            file_name = file.name if name != "LLMBar" else f"{file.parent.name}/{file.name}"
            benchmark.files.append((file_name, sha256(file)))
            benchmark.items.extend(items)
    return [benchmarks[name] for name in sorted(benchmarks)]


def _known_files(path: Path) -> Iterator[tuple[str, Path, Callable[[Path], Items]]]:
    files = [path] if path.is_file() else sorted(p for p in path.rglob("*.json*") if p.is_file())
    for file in files:
        if file.name == "input_data.jsonl":
            yield "IFEval", file, _keyed_lines
        elif file.name == "IFBench_test.jsonl":
            yield "IFBench", file, _keyed_lines
        elif file.name == "dataset.json":
            yield "LLMBar", file, _llmbar_items
        elif file.name.endswith("_constraints.json"):
            yield "FollowBench", file, _followbench_items


def _keyed_lines(file: Path) -> Items:
    items = []
    for number, line in enumerate(file.read_bytes().splitlines(), 1):
        if line.strip():
            place = f"line {number}"
            row = _parse(file, line, place)
            items.append((_number(file, place, row, "key"), _text(file, place, row, "prompt")))
    return items


def _llmbar_items(file: Path) -> Items:
    return [(f"{file.parent.name}-{i}", _text(file, f"row {i}", row, "input")) for i, row in enumerate(_rows(file))]


def _followbench_items(file: Path) -> Items:
    category = file.name.removesuffix("_constraints.json")
    items = []
    for i, row in enumerate(_rows(file)):
        place = f"row {i}"
        name = f"{category}-{_number(file, place, row, 'example_id')}-{_number(file, place, row, 'level')}"
        items.append((name, _text(file, place, row, "instruction")))
    return items


def _rows(file: Path) -> list[object]:
    rows = _parse(file, file.read_bytes(), "the file")
    if not isinstance(rows, list):
        raise SparError(f"{file}: a JSON array is expected")
    return rows


def _parse(file: Path, data: bytes, place: str) -> object:
    try:
        return orjson.loads(data)
    except orjson.JSONDecodeError as error:
        raise SparError(f"{file}: {place} is not valid JSON: {error.msg}") from None


def _field(file: Path, place: str, row: object, key: str) -> object:
    if not isinstance(row, Mapping) or key not in row:
        raise SparError(f"{file}: {place} has no field {key!r}")
    return row[key]


def _number(file: Path, place: str, row: object, key: str) -> str:
    """The number of an item as text: IFEval writes integers, IFBench text."""
    value = _field(file, place, row, key)
    if type(value) not in (int, str):
        raise SparError(f"{file}: {place}: {key} is a {type(value).__name__}, an integer or text is expected")
    return str(value)


def _text(file: Path, place: str, row: object, key: str) -> str:
    value = _field(file, place, row, key)
    if not isinstance(value, str):
        raise SparError(f"{file}: {place}: {key} is a {type(value).__name__}, text is expected")
    return value
