"""The constraint taxonomy: groups, types and leaves from TOML files, with phrasings per language. Validated on load."""

from __future__ import annotations

import re
import string
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from spar_data import constraints
from spar_data.core.assets import asset
from spar_data.core.errors import SparError, nearest
from spar_data.core.ids import row_id


@dataclass(frozen=True)
class Parameter:
    """How a parameter is drawn: a number from a range, or one or several entries of a lexicon of the language."""

    start: int = 0
    stop: int = 0
    step: int = 1
    lexicon: str = ""
    count: tuple[int, int] = (0, 0)  # so many entries as a list; (0, 0) = one entry as a string
    seed_word: bool = False  # prefer a content word of the seed prompt


@dataclass(frozen=True)
class Leaf:
    """One constraint. `id` is group.type.leaf; `covers` says whether its checker verifies the whole of it or a part."""

    id: str
    label: str
    asks: str
    checker: str
    covers: str
    parameters: Mapping[str, Parameter]
    fixed: Mapping[str, Any]
    not_for_language: str
    conflicts: frozenset[str]

    @property
    def type(self) -> str:
        return self.id.rpartition(".")[0]


@dataclass(frozen=True)
class Type:
    id: str
    label: str
    leaves: tuple[Leaf, ...]


@dataclass(frozen=True)
class Group:
    id: str
    label: str
    types: tuple[Type, ...]


@dataclass(frozen=True)
class Task:
    """A kind of seed prompt: `skip` is the reason to add nothing at all, `blocks` the leaves that do not fit."""

    id: str
    skip: str
    blocks: frozenset[str]


@dataclass(frozen=True)
class Phrasing:
    """One wording of a leaf. A lead stands before an imperative seed; `fixed` are the parameters the wording fixes."""

    text: str
    lead: bool
    fixed: Mapping[str, Any]


@dataclass(frozen=True)
class Language:
    """Everything that constraints need to be said in one language and seeds to be understood in it."""

    code: str
    words: Mapping[str, Any]  # and, or, comma, quotes, stop, space, imperatives, stopwords
    weave: Mapping[str, tuple[str, ...]]
    lexicon: Mapping[str, tuple[str, ...]]
    phrasings: Mapping[str, tuple[Phrasing, ...]]
    cues: Mapping[str, re.Pattern[str]]
    tasks: Mapping[str, re.Pattern[str]]


@dataclass(frozen=True)
class Taxonomy:
    name: str
    version: str
    digest: str  # hash of all its files
    groups: tuple[Group, ...]
    tasks: Mapping[str, Task]
    languages: Mapping[str, Language]

    @cached_property
    def types(self) -> tuple[Type, ...]:
        return tuple(t for group in self.groups for t in group.types)

    @cached_property
    def leaves(self) -> dict[str, Leaf]:
        return {leaf.id: leaf for t in self.types for leaf in t.leaves}

    def conflict(self, a: str, b: str) -> bool:
        """Whether two leaves exclude each other: the same leaf, two of one type, or a declared conflict either way."""
        first, second = self.leaves[a], self.leaves[b]
        return first.type == second.type or b in first.conflicts or a in second.conflicts

    def __str__(self) -> str:
        return (
            f"{self.name} {self.version}: {len(self.groups)} groups, {len(self.types)} types, {len(self.leaves)} leaves, "
            f"languages {', '.join(self.languages)}"
        )


def load(folder: str | Path = "") -> Taxonomy:
    """Loads a taxonomy folder ("" = the shipped one). Raises SparError naming file and leaf for whatever is wrong."""
    root = Path(folder) if folder else asset("taxonomy")
    if not (root / "taxonomy.toml").is_file():
        raise SparError(f"no taxonomy at {root}: a folder with taxonomy.toml and languages/*.toml is expected")
    head = _File(root / "taxonomy.toml")
    files = [_File(root / name) for name in head.take("files", list)]
    declared = [(file, *_group(file)) for file in files]
    leaf_ids = [leaf_id for _, group, _ in declared for leaf_id in group]
    repeated = {i for i in leaf_ids if leaf_ids.count(i) > 1}
    if repeated:
        raise SparError(f"{root}: leaf {sorted(repeated)[0]!r} is defined twice")
    expand = _Expander(leaf_ids)
    groups = tuple(_build_group(file, raw, expand) for file, _, raw in declared)
    tasks = {
        name: Task(name, str(task.get("skip", "")), expand(task.get("blocks", []), f"{head.path}: task {name!r}"))
        for name, task in head.take("tasks", dict).items()
    }
    leaves = {leaf.id: leaf for group in groups for t in group.types for leaf in t.leaves}
    sources = [_File(path) for path in sorted((root / "languages").glob("*.toml"))]
    if not sources:
        raise SparError(f"{root}: no languages/*.toml, so nothing could be phrased")
    languages = {}
    for source in sources:
        language = _language(source, leaves, tasks)
        languages[language.code] = language
    digest = row_id(*(file.text for file in [head, *files, *sources]))
    return Taxonomy(head.take("name", str), head.take("version", str), digest, groups, tasks, languages)


class _File:
    """A TOML file whose errors name it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            self.text = path.read_text(encoding="utf-8")
            self.data: dict[str, Any] = tomllib.loads(self.text)
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
            raise SparError(f"{path}: not readable as TOML: {error}") from None

    def take(self, key: str, kind: type) -> Any:
        if not isinstance(self.data.get(key), kind):
            raise SparError(f"{self.path}: {key!r} is missing or not a {kind.__name__}")
        return self.data[key]


class _Expander:
    """Names of leaves, types and groups to sets of leaf ids."""

    def __init__(self, leaf_ids: list[str]) -> None:
        self._sets: dict[str, set[str]] = {}
        for leaf_id in leaf_ids:
            parts = leaf_id.split(".")
            for depth in (1, 2, 3):
                self._sets.setdefault(".".join(parts[:depth]), set()).add(leaf_id)

    def __call__(self, names: list[str], where: str) -> frozenset[str]:
        for name in names:
            if name not in self._sets:
                raise SparError(f"{where}: {name!r} is no leaf, type or group.{nearest(name, self._sets)}")
        return frozenset(leaf for name in names for leaf in self._sets[name])


def _group(file: _File) -> tuple[list[str], dict[str, Any]]:
    group = file.take("id", str)
    ids = []
    for kind in file.take("types", list):
        for key in ("id", "label", "leaves"):
            if key not in kind:
                raise SparError(f"{file.path}: a type of group {group!r} lacks {key!r}")
        ids += [f"{group}.{kind['id']}.{leaf.get('id', '')}" for leaf in kind["leaves"]]
    return ids, file.data


_LEAF_KEYS = {"id", "label", "asks", "checker", "covers", "params", "fixed", "not_for_language", "conflicts"}


def _build_group(file: _File, raw: dict[str, Any], expand: _Expander) -> Group:
    types = []
    for kind in raw["types"]:
        type_id = f"{raw['id']}.{kind['id']}"
        leaves = tuple(_leaf(f"{type_id}.{leaf.get('id', '')}", leaf, file, expand) for leaf in kind["leaves"])
        types.append(Type(type_id, kind["label"], leaves))
    return Group(raw["id"], file.take("label", str), tuple(types))


def _leaf(leaf_id: str, raw: dict[str, Any], file: _File, expand: _Expander) -> Leaf:
    where = f"{file.path}: leaf {leaf_id!r}"
    for key in ("id", "label", "asks"):
        if not isinstance(raw.get(key), str) or not raw[key]:
            raise SparError(f"{where}: {key!r} is missing or empty")
    for key in raw:
        if key not in _LEAF_KEYS:
            raise SparError(f"{where}: unknown key {key!r}.{nearest(key, _LEAF_KEYS)}")
    checker = raw.get("checker", "")
    if checker and checker not in constraints.CHECKERS:
        raise SparError(f"{where}: checker {checker!r} does not exist.{nearest(checker, constraints.CHECKERS)}")
    covers = raw.get("covers", "whole" if checker else "none")
    if covers not in (("whole", "part") if checker else ("none",)):
        raise SparError(f"{where}: covers = {covers!r}: 'whole' or 'part' with a checker, 'none' without")
    return Leaf(
        id=leaf_id,
        label=raw["label"],
        asks=raw["asks"],
        checker=checker,
        covers=covers,
        parameters={name: _parameter(spec, f"{where}: params.{name}") for name, spec in raw.get("params", {}).items()},
        fixed=raw.get("fixed", {}),
        not_for_language=raw.get("not_for_language", ""),
        conflicts=expand(raw.get("conflicts", []), where) - {leaf_id},
    )


def _parameter(spec: dict[str, Any], where: str) -> Parameter:
    if "from" in spec:
        parameter = Parameter(start=spec["from"], stop=spec.get("to", spec["from"]), step=spec.get("step", 1))
        if parameter.stop < parameter.start or parameter.step < 1:
            raise SparError(f"{where}: from {parameter.start} to {parameter.stop} step {parameter.step} is no range")
        return parameter
    if "lexicon" in spec:
        low, high = spec.get("count", [0, 0])
        return Parameter(lexicon=spec["lexicon"], count=(low, high), seed_word=bool(spec.get("seed_word", False)))
    raise SparError(f"{where}: either {{from, to, step}} or {{lexicon, count}} is expected, got {spec}")


_WORDS = {
    "and": str,
    "or": str,
    "comma": str,
    "quotes": list,
    "stop": str,
    "space": str,
    "imperatives": list,
    "stopwords": list,
}
_WEAVE = ("first", "first_pair", "next", "next_pair")


def _language(file: _File, leaves: dict[str, Leaf], tasks: dict[str, Task]) -> Language:
    words = {key: file.take(key, kind) for key, kind in _WORDS.items()}
    weave = file.take("weave", dict)
    for key in _WEAVE:
        slots = ["a", "b"] if key.endswith("pair") else ["a"]
        if not weave.get(key):
            raise SparError(f"{file.path}: weave.{key} is missing: templates with {{a}} or {{A}}, pairs with {{b}} too")
        for template in weave[key]:
            if sorted(name.lower() for name in _slots(template)) != slots:
                raise SparError(f"{file.path}: weave.{key}: {template!r} must hold each of {slots} once")
    lexicon = {name: tuple(entries) for name, entries in file.take("lexicon", dict).items()}
    phrasings = {}
    for leaf_id, raw in file.take("leaves", dict).items():
        where = f"{file.path}: leaf {leaf_id!r}"
        if leaf_id not in leaves:
            raise SparError(f"{where} is not in the taxonomy.{nearest(leaf_id, leaves)}")
        phrasings[leaf_id] = tuple(_phrasing(p, leaves[leaf_id], lexicon, where) for p in raw)
    return Language(
        code=file.take("language", str),
        words=words,
        weave={key: tuple(weave[key]) for key in _WEAVE},
        lexicon=lexicon,
        phrasings=phrasings,
        cues=_patterns(file, "cues", leaves),
        tasks=_patterns(file, "tasks", tasks),
    )


def _slots(template: str) -> Iterator[str]:
    return (name for _, name, _, _ in string.Formatter().parse(template) if name is not None)


def _phrasing(raw: dict[str, Any], leaf: Leaf, lexicon: dict[str, tuple[str, ...]], where: str) -> Phrasing:
    text = raw.get("say", raw.get("lead"))
    if not isinstance(text, str):
        raise SparError(f"{where}: a phrasing needs 'say' or 'lead', got {raw}")
    fixed = {key: value for key, value in raw.items() if key not in ("say", "lead")}
    given = {**_sample(leaf, lexicon, where), **leaf.fixed, **fixed}
    for slot in _slots(text):
        if slot not in given:
            raise SparError(f"{where}: {text!r} uses {{{slot}}}, which is no parameter of the leaf")
    if leaf.checker:
        try:
            constraints.validate(leaf.checker, {key: given[key] for key in given if key in _accepted(leaf)})
        except SparError as error:
            raise SparError(f"{where}: {text!r}: {error}") from None
    unknown = [key for key in fixed if key not in _accepted(leaf)]
    if unknown:
        raise SparError(f"{where}: {text!r} fixes {unknown[0]!r}, which neither leaf nor checker knows")
    return Phrasing(text, "lead" in raw, fixed)


def _accepted(leaf: Leaf) -> set[str]:
    return set(leaf.parameters) | (set(constraints.parameters(leaf.checker)) if leaf.checker else set())


def _sample(leaf: Leaf, lexicon: dict[str, tuple[str, ...]], where: str) -> dict[str, Any]:
    """One value for every parameter that is drawn."""
    sample: dict[str, Any] = {}
    for name, parameter in leaf.parameters.items():
        if not parameter.lexicon:
            sample[name] = parameter.start
            continue
        entries = lexicon.get(parameter.lexicon, ())
        if len(entries) < max(1, parameter.count[1]):
            raise SparError(f"{where}: lexicon.{parameter.lexicon} is missing or too short for params.{name}")
        sample[name] = list(entries[: parameter.count[1]]) if parameter.count[1] else entries[0]
    return sample


def _patterns(file: _File, key: str, known: Mapping[str, object]) -> dict[str, re.Pattern[str]]:
    compiled = {}
    for name, patterns in file.take(key, dict).items():
        if name not in known:
            raise SparError(f"{file.path}: {key}.{name!r} is not in the taxonomy.{nearest(name, known)}")
        for pattern in patterns:
            try:
                re.compile(f"(?:{pattern})")  # no global flags inside
            except re.error as error:
                raise SparError(f"{file.path}: {key}.{name!r}: {pattern!r} is no regular expression: {error}") from None
        compiled[name] = re.compile("|".join(f"(?:{p})" for p in patterns), re.IGNORECASE | re.DOTALL)
    return compiled
