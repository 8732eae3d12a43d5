"""Pairs of LLMBar: from its folder, from one of its files, or with the package `datasets`."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from spar_data.core.errors import SparError, first_line, missing_package, nearest

ADVERSARIAL = ("GPTInst", "GPTOut", "Manual", "Neighbor")
SUBSETS = ("Natural", *ADVERSARIAL)  # in the order of the paper's table
HUB = "princeton-nlp/LLMBar"
_CONVERTED = "refs/convert/parquet"  # where the Hub keeps a data set whose own loading script `datasets` no longer runs


@dataclass(frozen=True)
class Pair:
    """better: 1 or 2, the output that follows the instruction; outputs[better - 1] is it. row: from 1, in its subset."""

    subset: str
    row: int
    prompt: str
    outputs: tuple[str, str]
    better: int

    @property
    def id(self) -> str:
        return f"{self.subset}/{self.row}"


@dataclass(frozen=True)
class Data:
    """pairs: subset by subset. sha256: of all that is in them, so that two runs can be compared."""

    pairs: tuple[Pair, ...]
    sha256: str

    @property
    def subsets(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(pair.subset for pair in self.pairs))


def load(source: str, subsets: Sequence[str] = (), limit: int = 0) -> Data:
    """source: a folder with */dataset.json, one such file, or the name or folder of a data set with a split per subset.

    subsets: which ones; none: the five of the paper that are there, or all if none of them is. limit: pairs of each; 0 =
    all. Raises SparError naming file, row and field.
    """
    found = _read(source)
    wanted = list(subsets) or [name for name in SUBSETS if name in found] or sorted(found)
    for name in wanted:
        if name not in found:
            raise SparError(f"{source}: no subset {name!r}.{nearest(name, found)}")
    pairs = []
    for name in dict.fromkeys(wanted):
        where, rows = found[name]
        pairs += [_pair(name, n, row, where) for n, row in enumerate(rows, 1) if not limit or n <= limit]
    if not pairs:
        raise SparError(f"{source}: no pairs in it: rows with input, output_1, output_2 and label are expected")
    parts = [[p.subset, p.prompt, *p.outputs, p.better] for p in pairs]
    return Data(tuple(pairs), hashlib.sha256(orjson.dumps(parts)).hexdigest())


_Found = dict[str, tuple[str, Iterable[Any]]]  # rows, and what to call their place in an error, by subset


def _read(source: str) -> _Found:
    path = Path(source)
    if path.is_file():
        return {_name(path): (str(path), _rows(path))}
    files = sorted(path.glob("**/dataset.json")) if path.is_dir() else []
    if not files:
        return _read_dataset(source)
    found: _Found = {}
    for file in files:
        name = _name(file)
        if name in found:
            raise SparError(f"{source}: {name}/dataset.json stands there twice: give the folder of one of them")
        found[name] = (str(file), _rows(file))
    return found


def _name(file: Path) -> str:
    return file.resolve().parent.name if file.name == "dataset.json" else file.stem


def _rows(file: Path) -> list[Any]:
    try:
        rows = orjson.loads(file.read_bytes())
    except orjson.JSONDecodeError as error:
        raise SparError(f"{file} is not JSON: {error.msg}") from None
    if not isinstance(rows, list):
        raise SparError(f"{file}: a list of pairs is expected, as in LLMBar's dataset.json")
    return rows


def _read_dataset(source: str) -> _Found:
    if not Path(source).exists() and not re.fullmatch(r"[\w.-]+/[\w.-]+", source):
        raise SparError(f"{source} does not exist: the folder of LLMBar or {HUB} is expected")
    try:
        import datasets
    except ImportError:
        raise missing_package("datasets", "hub", f"--data {source}") from None
    config = "LLMBar" if source == HUB else None
    problem = ""
    for revision in (None, _CONVERTED):
        try:
            splits = datasets.load_dataset(source, config, revision=revision)
        except Exception as error:  # datasets raises a dozen kinds of its own and its dependencies'
            problem = problem or f"{type(error).__name__}: {first_line(error)}"
            if isinstance(error, ConnectionError):
                break  # no network: it retries for half a minute each time
            continue
        return {
            re.sub(r"^adversarial[_-]", "", str(name), flags=re.IGNORECASE): (f"{source}, split {name}", rows)
            for name, rows in splits.items()
        }
    raise SparError(
        f"{source}: no dataset.json in it, and not loadable as a data set ({problem}). "
        f"`git clone https://github.com/princeton-nlp/LLMBar` and --data LLMBar/Dataset/LLMBar do as well"
    )


def _pair(subset: str, number: int, row: Any, where: str) -> Pair:
    for name in ("input", "output_1", "output_2"):
        value = row.get(name) if isinstance(row, dict) else None
        if not isinstance(value, str):
            raise SparError(f"{where}, row {number}: {name!r} is {value!r}, text is expected")
    label = row.get("label")
    if type(label) is not int or label not in (1, 2):
        raise SparError(f"{where}, row {number}: 'label' is {label!r}, 1 or 2 (the better output) is expected")
    return Pair(subset, number, row["input"], (row["output_1"], row["output_2"]), label)
