"""Reads FollowBench: groups of prompts, each one instruction at its levels.

Two forms are read: the repository's files CATEGORY_constraints.json (lists of objects), and the single table of the Hub's
copy, which has all rows in English and then in Chinese. Level 0 is the initial instruction; it is context for the judge and
never answered or scored. The category `example` has no level 0.
"""

from __future__ import annotations

import ast
import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import orjson

from spar_data.core.errors import SparError
from spar_data.sources.json_rows import RowSource, json_list, locate, read_rows
from spar_eval.benchmarks.followbench.config import CATEGORIES

LEVELS = (1, 2, 3, 4, 5)
_ENDING = "_constraints.json"
_RENAMED = {"scenario": "situation"}  # the name in the first version of the data


@dataclass(frozen=True)
class LeveledPrompt:
    """An instruction with `level` added constraints.

    category: that of the group; the constraints of a mixed one have kinds of their own. target, answer: what the rules
    compare with, "" if there is none.
    """

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

    @property
    def group_id(self) -> str:
        return f"{self.category}/{self.example_id}"


@dataclass(frozen=True)
class PromptGroup:
    """An instruction at all its levels. prompts: by rising level; some levels may be missing."""

    prompts: tuple[LeveledPrompt, ...]

    @property
    def category(self) -> str:
        return self.prompts[0].category

    @property
    def id(self) -> str:
        return self.prompts[0].group_id

    @property
    def scored(self) -> tuple[LeveledPrompt, ...]:
        return tuple(prompt for prompt in self.prompts if prompt.level)

    @property
    def complete(self) -> bool:
        return tuple(prompt.level for prompt in self.scored) == LEVELS


@dataclass(frozen=True)
class FollowBenchData:
    groups: tuple[PromptGroup, ...]
    notes: tuple[str, ...] = ()

    @property
    def prompts(self) -> list[LeveledPrompt]:
        """The prompts that are answered and scored, in order."""
        return [prompt for group in self.groups for prompt in group.scored]

    @property
    def digest(self) -> str:
        """Hash of all instructions and targets, level 0 included."""
        digest = hashlib.sha256()
        for prompt in (prompt for group in self.groups for prompt in group.prompts):
            digest.update(orjson.dumps([prompt.id, prompt.instruction, prompt.target]))
        return digest.hexdigest()[:8]


def load_followbench(source: RowSource) -> FollowBenchData:
    """Loads the data from a folder with the repository's files, or with their folder `data`; from one such file; or from
    one table of all rows: in a file, in a folder, on the Hub, or in memory.

    Raises SparError naming file, row and field for a row that is not FollowBench's.
    """
    if not isinstance(source, str | Path):
        return _group(_read_table(source), "the rows")
    path = Path(source)
    files = sorted(path.glob(f"*{_ENDING}")) or sorted((path / "data").glob(f"*{_ENDING}"))
    if path.is_file() and path.name.endswith(_ENDING):
        files = [path]
    return _group([list(_read_file(file)) for file in files] or _read_table(source), str(source))


def default_source() -> str:
    """The folder of the files under $SPAR_BENCHMARKS or in the cache folder, else the name on the Hub."""
    source = locate((f"content{_ENDING}",), "YuxinJiang/FollowBench")
    return str(Path(source).parent) if source.endswith(_ENDING) else source


_Located = tuple[str, LeveledPrompt]  # with its location for error messages


def _read_file(file: Path) -> Iterator[_Located]:
    name = file.name.removesuffix(_ENDING)
    category = _RENAMED.get(name, name)
    if category not in CATEGORIES:
        raise SparError(f"{file}: the category {name!r} is unknown; {', '.join(CATEGORIES)} are expected")
    for number, row in enumerate(json_list(file, "rows"), 1):
        where = f"{file}, row {number}"
        yield where, _prompt(where, row, category)


def _read_table(source: RowSource) -> list[list[_Located]]:
    """Splits one table, which holds the files one after the other, into files.

    Mixed rows have the kinds of their constraints as category ("format, content", or "format" alone at level 1), so groups
    are recognised by position: a group ends where the level does not rise, a file where the category changes or the numbers
    of groups do not rise.
    """
    rows = list(read_rows(source))
    if not rows:
        return []
    prompts = [_prompt(where, row, "") for where, row in rows]
    ends = (i for i, (a, b) in enumerate(pairwise(prompts), 1) if a.example_id != b.example_id or b.level <= a.level)
    files: list[list[_Located]] = []
    last = ("", 0)
    for start, end in pairwise([0, *ends, len(prompts)]):
        kinds = [str(row["category"]) for _, row in rows[start:end]]
        category = kinds[0] if len(set(kinds)) == 1 else "mixed"
        category = _RENAMED.get(category, category)
        if category not in CATEGORIES:
            raise SparError(f"{rows[start][0]}: 'category' is {kinds[0]!r}, one of {', '.join(CATEGORIES)} is expected")
        number = prompts[start].example_id
        if category != last[0] or number <= last[1]:
            files.append([])
        files[-1] += [(where, _prompt(where, row, category)) for where, row in rows[start:end]]
        last = category, number
    return files


def _prompt(where: str, row: object, category: str) -> LeveledPrompt:
    if not isinstance(row, dict):
        raise SparError(f"{where}: an object is expected")
    for name, expected in (("example_id", "a whole number"), ("level", "a whole number from 0 to 5")):
        if type(row.get(name)) is not int:
            raise SparError(f"{where}: {name!r} is {row.get(name)!r}, {expected} is expected")
    for name in ("instruction", "source", "category"):
        if not isinstance(row.get(name), str):
            raise SparError(f"{where}: {name!r} is {row.get(name)!r}, text is expected")
    for name in ("target", "answer"):
        if not isinstance(row.get(name) or "", str):
            raise SparError(f"{where}: {name!r} is {row[name]!r}, text is expected")
    prompt = LeveledPrompt(
        category, row["example_id"], row["level"], row["source"], row["instruction"],
        row.get("target") or "", row.get("answer") or "",
    )  # fmt: skip
    if prompt.level not in (0, *LEVELS):
        raise SparError(f"{where}: 'level' is {prompt.level}, a whole number from 0 to 5 is expected")
    if prompt.level and not prompt.instruction.strip():
        raise SparError(f"{where}: 'instruction' is empty: from level 1 on text is expected")
    _check_target(where, prompt)
    return prompt


def _check_target(where: str, prompt: LeveledPrompt) -> None:
    """Checks what the rules rely on: a list of texts for CONLL2003, a template for examples."""
    if prompt.level and prompt.source == "CONLL2003":
        try:
            names = ast.literal_eval(prompt.target)
        except (ValueError, SyntaxError, MemoryError, RecursionError):
            names = None
        if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
            raise SparError(f"{where}: 'target' is {prompt.target[:60]!r}, a list of texts is expected")
    if prompt.category == "example" and "{answer}" not in prompt.target:
        raise SparError(f"{where}: 'target' is {prompt.target[:60]!r}, a template with {{answer}} is expected")


def _group(files: list[list[_Located]], source: str) -> FollowBenchData:
    by_group: dict[str, dict[int, LeveledPrompt]] = {}
    places: dict[str, str] = {}
    chinese = 0
    for file in files:
        if _is_chinese([prompt.instruction for _, prompt in file if prompt.level]):
            chinese += len(file)
            continue
        for where, prompt in file:
            if prompt.id in places:
                raise SparError(
                    f"{where}: a second row of {prompt.category} {prompt.example_id}, level {prompt.level}; the first is "
                    f"{places[prompt.id]}"
                )
            places[prompt.id] = where
            by_group.setdefault(prompt.group_id, {})[prompt.level] = prompt
    if not by_group:
        raise SparError(f"{source}: no rows in English: FollowBench's data/ is expected, its rules are for English")
    groups = [PromptGroup(tuple(prompts[level] for level in sorted(prompts))) for prompts in by_group.values()]
    groups = [group for group in groups if group.scored]
    groups.sort(key=lambda group: CATEGORIES.index(group.category))  # stable: groups stay in their order
    notes = [f"{chinese:,} rows in Chinese are left out: the rules are for English"] if chinese else []
    return FollowBenchData(tuple(groups), (*notes, *_gap_notes(groups)))


def _gap_notes(groups: Sequence[PromptGroup]) -> Iterator[str]:
    """Notes on levels that are missing."""
    gaps = [f"{g.id} has {', '.join(str(prompt.level) for prompt in g.scored)}" for g in groups if not g.complete]
    if gaps:
        yield (
            f"groups with missing levels count for HSR and SSR where they have rows, and not for CSL: {_first(gaps)}"
        )
    bare = [group.id for group in groups if group.category != "example" and group.prompts[0].level]
    if bare:
        yield f"groups without level 0, whose judge does not see the initial instruction: {_first(bare)}"


def _first(texts: Sequence[str]) -> str:
    return ", ".join(texts[:5]) + (f", and {len(texts) - 5} more" if len(texts) > 5 else "")


def _is_chinese(texts: list[str]) -> bool:
    """Whether most texts are Chinese. Single ones of either language translate from or to the other."""
    return 2 * sum(sum("\u4e00" <= c <= "\u9fff" for c in text) > 0.2 * len(text) for text in texts) > len(texts)
