"""Reads the pairs of LLMBar from its folder, from one of its files, or with the package `datasets`."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import orjson

from spar_data.core.errors import SparError, first_line, importing, nearest
from spar_data.sources.json_rows import RowSource, json_list, locate, read_rows

ADVERSARIAL = ("GPTInst", "GPTOut", "Manual", "Neighbor")
SUBSETS = ("Natural", *ADVERSARIAL)  # in the order of the paper's table
HUB = "princeton-nlp/LLMBar"
_CONVERTED = "refs/convert/parquet"  # where the Hub keeps a dataset whose own loading script `datasets` no longer runs


@dataclass(frozen=True)
class OutputPair:
    """Two outputs for a prompt. better: 1 or 2, the output that follows the instruction. row: from 1, in its subset."""

    subset: str
    row: int
    prompt: str
    outputs: tuple[str, str]
    better: int

    @property
    def id(self) -> str:
        return f"{self.subset}/{self.row}"


@dataclass(frozen=True)
class LlmbarData:
    """pairs: subset by subset. sha256: of their content, so that two runs can be compared."""

    pairs: tuple[OutputPair, ...]
    sha256: str

    @property
    def subsets(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(pair.subset for pair in self.pairs))


def load_llmbar(source: RowSource | None = None, subsets: Sequence[str] = (), limit: int | None = None) -> LlmbarData:
    """source: a folder with */dataset.json, one such file, or the name or folder of a dataset with a split for each subset;
    None for the folder under $SPAR_BENCHMARKS, else the Hub. Rows in memory may have a field `subset`.

    subsets: by default the five of the paper that are there, or all if none of them is. limit: pairs of each. Raises
    SparError naming file, row and field.
    """
    source = locate(("llmbar", "LLMBar"), HUB) if source is None else source
    rows_by_subset = _read(str(source)) if isinstance(source, str | Path) else _by_subset(source)
    place = source if isinstance(source, str | Path) else "the rows"
    names = list(subsets) or [name for name in SUBSETS if name in rows_by_subset] or sorted(rows_by_subset)
    for name in names:
        if name not in rows_by_subset:
            raise SparError(f"{place}: no subset {name!r}.{nearest(name, rows_by_subset)}")
    pairs = []
    for name in dict.fromkeys(names):
        where, rows = rows_by_subset[name]
        pairs += [_pair(name, number, row, where) for number, row in enumerate(rows, 1) if not limit or number <= limit]
    if not pairs:
        raise SparError(f"{place}: no pairs in it: rows with input, output_1, output_2 and label are expected")
    parts = [[p.subset, p.prompt, *p.outputs, p.better] for p in pairs]
    return LlmbarData(tuple(pairs), hashlib.sha256(orjson.dumps(parts)).hexdigest())


_Rows = Mapping[str, tuple[str, Iterable[object]]]  # by subset: their location for error messages, and the rows


def _read(source: str) -> _Rows:
    path = Path(source)
    files = [path] if path.is_file() else sorted(path.glob("**/dataset.json"))
    if not files:
        return _read_dataset(source)
    rows: dict[str, tuple[str, Iterable[object]]] = {}
    for file in files:
        name = _subset(file)
        if name in rows:
            raise SparError(f"{source}: {name}/dataset.json is in it twice: give the folder of one of them")
        rows[name] = (str(file), json_list(file, "pairs"))
    return rows


def _by_subset(source: RowSource) -> _Rows:
    rows: dict[str, tuple[str, list[object]]] = {}
    for _, row in read_rows(source):
        rows.setdefault(str(row.get("subset", "pairs")), ("the rows", []))[1].append(row)
    return rows


def _subset(file: Path) -> str:
    return file.resolve().parent.name if file.name == "dataset.json" else file.stem


def _read_dataset(source: str) -> _Rows:
    if not Path(source).exists() and not re.fullmatch(r"[\w.-]+/[\w.-]+", source):
        raise SparError(f"{source} does not exist: the folder of LLMBar or {HUB} is expected")
    with importing("datasets", "hub", f"--data {source}"):
        import datasets
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
        f"{source}: no dataset.json in it, and not loadable as a dataset ({problem}). "
        f"`git clone https://github.com/princeton-nlp/LLMBar` and --data LLMBar/Dataset/LLMBar works as well"
    )


def _pair(subset: str, number: int, row: object, where: str) -> OutputPair:
    row = row if isinstance(row, dict) else {}
    for name in ("input", "output_1", "output_2"):
        if not isinstance(row.get(name), str):
            raise SparError(f"{where}, row {number}: {name!r} is {row.get(name)!r}, text is expected")
    label = row.get("label")
    if type(label) is not int or label not in (1, 2):
        raise SparError(f"{where}, row {number}: 'label' is {label!r}, 1 or 2 (the better output) is expected")
    return OutputPair(subset, number, row["input"], (row["output_1"], row["output_2"]), label)
