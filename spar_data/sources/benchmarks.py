"""Reads the prompts of public benchmarks from local files, to keep them out of releases."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import msgspec

from spar_data.core.assets import cache_folder
from spar_data.core.errors import SparError
from spar_data.core.files import sha256

Items = list[tuple[str, str]]
Rows = TypeVar("Rows")


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


class _KeyedRow(msgspec.Struct):
    """A row of IFEval, whose keys are integers, or of IFBench, whose keys are texts."""

    key: int | str
    prompt: str


class _LlmbarRow(msgspec.Struct):
    input: str


class _FollowBenchRow(msgspec.Struct):
    example_id: int | str
    level: int | str
    instruction: str


def _keyed_lines(file: Path) -> Items:
    lines = enumerate(file.read_bytes().splitlines(), 1)
    rows = [_decode(line, _KeyedRow, f"{file}: line {number}") for number, line in lines if line.strip()]
    return [(str(row.key), row.prompt) for row in rows]


def _llmbar_items(file: Path) -> Items:
    rows = _decode(file.read_bytes(), list[_LlmbarRow], str(file))
    return [(f"{file.parent.name}-{number}", row.input) for number, row in enumerate(rows)]


def _followbench_items(file: Path) -> Items:
    category = file.name.removesuffix("_constraints.json")
    rows = _decode(file.read_bytes(), list[_FollowBenchRow], str(file))
    return [(f"{category}-{row.example_id}-{row.level}", row.instruction) for row in rows]


def _decode(data: bytes, kind: type[Rows], where: str) -> Rows:
    try:
        return msgspec.json.decode(data, type=kind)
    except msgspec.DecodeError as error:
        raise SparError(f"{where}: {error}") from None
