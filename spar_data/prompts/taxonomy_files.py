"""Loads a taxonomy from its TOML files. Whatever is wrong is reported with file and leaf."""

from __future__ import annotations

import re
import string
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from spar_data import constraints
from spar_data.core.assets import asset
from spar_data.core.config import read_toml
from spar_data.core.errors import SparError, nearest
from spar_data.core.files import JsonValue
from spar_data.core.ids import row_id
from spar_data.prompts.taxonomy import Language, Leaf, LeafType, Parameter, Phrasing, Task, Taxonomy, TypeGroup

Table = dict[str, Any]  # of a TOML file, not checked yet

_LEAF_KEYS = {"id", "label", "asks", "checker", "covers", "params", "fixed", "not_for_language", "conflicts"}
_WEAVE = ("first", "first_pair", "next", "next_pair")


def load_taxonomy(folder: str | Path = "") -> Taxonomy:
    """Loads a taxonomy folder ("" = the shipped one). Raises SparError naming file and leaf for anything that is wrong."""
    root = Path(folder) if folder else asset("taxonomy")
    if not (root / "taxonomy.toml").is_file():
        raise SparError(f"no taxonomy at {root}: a folder with taxonomy.toml and languages/*.toml is expected")
    head = _File(root / "taxonomy.toml")
    group_files = [_File(root / name) for name in head.take("files", list)]
    leaf_ids = [leaf_id for file in group_files for leaf_id in _leaf_ids(file)]
    repeated = {leaf_id for leaf_id in leaf_ids if leaf_ids.count(leaf_id) > 1}
    if repeated:
        raise SparError(f"{root}: leaf {sorted(repeated)[0]!r} is defined twice")
    expand = _Expander(leaf_ids)
    groups = tuple(_build_group(file, expand) for file in group_files)
    tasks = {
        name: Task(name, str(task.get("skip", "")), expand(task.get("blocks", []), f"{head.path}: task {name!r}"))
        for name, task in head.take("tasks", dict).items()
    }
    leaves = {leaf.id: leaf for group in groups for kind in group.types for leaf in kind.leaves}
    language_files = [_File(path) for path in sorted((root / "languages").glob("*.toml"))]
    if not language_files:
        raise SparError(f"{root}: no languages/*.toml, so nothing could be phrased")
    languages = [_build_language(file, leaves, tasks) for file in language_files]
    return Taxonomy(
        head.take("name", str),
        head.take("version", str),
        digest=row_id(*(file.text for file in [head, *group_files, *language_files])),
        groups=groups,
        tasks=tasks,
        languages={language.code: language for language in languages},
    )


class _File:
    """A TOML file whose errors name it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.data: Table = read_toml(path)
        self.text = path.read_text(encoding="utf-8")

    def take(self, key: str, kind: type) -> Any:
        """The value of a key. Raises SparError if it is missing or of another type."""
        if not isinstance(self.data.get(key), kind):
            raise SparError(f"{self.path}: {key!r} is missing or not a {kind.__name__}")
        return self.data[key]


class _Expander:
    """Turns names of leaves, types and groups into sets of leaf ids."""

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


def _leaf_ids(file: _File) -> list[str]:
    """The ids of the leaves of a group, before anything refers to them."""
    group = file.take("id", str)
    ids = []
    for kind in file.take("types", list):
        for key in ("id", "label", "leaves"):
            if key not in kind:
                raise SparError(f"{file.path}: a type of group {group!r} lacks {key!r}")
        ids += [f"{group}.{kind['id']}.{leaf.get('id', '')}" for leaf in kind["leaves"]]
    return ids


def _build_group(file: _File, expand: _Expander) -> TypeGroup:
    group_id = file.take("id", str)
    types = []
    for kind in file.take("types", list):
        type_id = f"{group_id}.{kind['id']}"
        leaves = tuple(_build_leaf(f"{type_id}.{leaf.get('id', '')}", leaf, file, expand) for leaf in kind["leaves"])
        types.append(LeafType(type_id, kind["label"], leaves))
    return TypeGroup(group_id, file.take("label", str), tuple(types))


def _build_leaf(leaf_id: str, table: Table, file: _File, expand: _Expander) -> Leaf:
    where = f"{file.path}: leaf {leaf_id!r}"
    for key in ("id", "label", "asks"):
        if not isinstance(table.get(key), str) or not table[key]:
            raise SparError(f"{where}: {key!r} is missing or empty")
    for key in table:
        if key not in _LEAF_KEYS:
            raise SparError(f"{where}: unknown key {key!r}.{nearest(key, _LEAF_KEYS)}")
    checker = table.get("checker", "")
    if checker and checker not in constraints.CHECKERS:
        raise SparError(f"{where}: checker {checker!r} does not exist.{nearest(checker, constraints.CHECKERS)}")
    covers = table.get("covers", "whole" if checker else "none")
    if covers not in (("whole", "part") if checker else ("none",)):
        raise SparError(f"{where}: covers = {covers!r}: 'whole' or 'part' with a checker, 'none' without")
    parameters = {name: _parameter(spec, f"{where}: params.{name}") for name, spec in table.get("params", {}).items()}
    return Leaf(
        id=leaf_id,
        label=table["label"],
        asks=table["asks"],
        checker=checker,
        covers=covers,
        parameters=parameters,
        fixed=table.get("fixed", {}),
        not_for_language=table.get("not_for_language", ""),
        conflicts=expand(table.get("conflicts", []), where) - {leaf_id},
    )


def _parameter(table: Table, where: str) -> Parameter:
    if "from" in table:
        start: int = table["from"]
        parameter = Parameter(start=start, stop=table.get("to", start), step=table.get("step", 1))
        if parameter.stop < parameter.start or parameter.step < 1:
            raise SparError(f"{where}: from {parameter.start} to {parameter.stop} step {parameter.step} is no range")
        return parameter
    if "lexicon" in table:
        low, high = table.get("count", [0, 0])
        return Parameter(lexicon=table["lexicon"], count=(low, high), seed_word=bool(table.get("seed_word", False)))
    raise SparError(f"{where}: either {{from, to, step}} or {{lexicon, count}} is expected, got {table}")


def _build_language(file: _File, leaves: Mapping[str, Leaf], tasks: Mapping[str, Task]) -> Language:
    lexicon = {name: tuple(entries) for name, entries in file.take("lexicon", dict).items()}
    phrasings = {}
    for leaf_id, tables in file.take("leaves", dict).items():
        where = f"{file.path}: leaf {leaf_id!r}"
        if leaf_id not in leaves:
            raise SparError(f"{where} is not in the taxonomy.{nearest(leaf_id, leaves)}")
        phrasings[leaf_id] = tuple(_phrasing(table, leaves[leaf_id], lexicon, where) for table in tables)
    opening, closing = file.take("quotes", list)
    return Language(
        code=file.take("language", str),
        and_word=file.take("and", str),
        or_word=file.take("or", str),
        comma=file.take("comma", str),
        quotes=(opening, closing),
        stop=file.take("stop", str),
        space=file.take("space", str),
        imperatives=tuple(file.take("imperatives", list)),
        stopwords=tuple(file.take("stopwords", list)),
        weave=_weave_templates(file),
        lexicon=lexicon,
        phrasings=phrasings,
        cues=_patterns(file, "cues", leaves),
        tasks=_patterns(file, "tasks", tasks),
    )


def _weave_templates(file: _File) -> dict[str, tuple[str, ...]]:
    weave = file.take("weave", dict)
    for key in _WEAVE:
        slots = ["a", "b"] if key.endswith("pair") else ["a"]
        if not weave.get(key):
            raise SparError(f"{file.path}: weave.{key} is missing: templates with {{a}} or {{A}}, pairs with {{b}} too")
        for template in weave[key]:
            if sorted(name.lower() for name in _slots(template)) != slots:
                raise SparError(f"{file.path}: weave.{key}: {template!r} must hold each of {slots} once")
    return {key: tuple(weave[key]) for key in _WEAVE}


def _slots(template: str) -> Iterator[str]:
    return (name for _, name, _, _ in string.Formatter().parse(template) if name is not None)


def _phrasing(table: Table, leaf: Leaf, lexicon: Mapping[str, tuple[str, ...]], where: str) -> Phrasing:
    text = table.get("say", table.get("lead"))
    if not isinstance(text, str):
        raise SparError(f"{where}: a phrasing needs 'say' or 'lead', got {table}")
    fixed = {key: value for key, value in table.items() if key not in ("say", "lead")}
    values = {**_sample_values(leaf, lexicon, where), **leaf.fixed, **fixed}
    for slot in _slots(text):
        if slot not in values:
            raise SparError(f"{where}: {text!r} uses {{{slot}}}, which is no parameter of the leaf")
    accepted = set(leaf.parameters)
    if leaf.checker:
        accepted |= set(constraints.parameters(leaf.checker))
        try:
            constraints.validate(leaf.checker, {key: value for key, value in values.items() if key in accepted})
        except SparError as error:
            raise SparError(f"{where}: {text!r}: {error}") from None
    unknown = [key for key in fixed if key not in accepted]
    if unknown:
        raise SparError(f"{where}: {text!r} fixes {unknown[0]!r}, which neither leaf nor checker knows")
    return Phrasing(text, "lead" in table, fixed)


def _sample_values(leaf: Leaf, lexicon: Mapping[str, tuple[str, ...]], where: str) -> dict[str, JsonValue]:
    """One value for each drawn parameter, to try the checker with."""
    sample: dict[str, JsonValue] = {}
    for name, parameter in leaf.parameters.items():
        if not parameter.lexicon:
            sample[name] = parameter.start
            continue
        entries = lexicon.get(parameter.lexicon, ())
        if len(entries) < max(1, parameter.count[1]):
            raise SparError(f"{where}: lexicon.{parameter.lexicon} is missing or too short for params.{name}")
        sample[name] = list(entries[: parameter.count[1]]) if parameter.count[1] else entries[0]
    return sample


def _patterns(file: _File, key: str, names: Mapping[str, object]) -> dict[str, re.Pattern[str]]:
    compiled = {}
    for name, patterns in file.take(key, dict).items():
        if name not in names:
            raise SparError(f"{file.path}: {key}.{name!r} is not in the taxonomy.{nearest(name, names)}")
        for pattern in patterns:
            try:
                re.compile(f"(?:{pattern})")  # no global flags inside
            except re.error as error:
                raise SparError(f"{file.path}: {key}.{name!r}: {pattern!r} is no regular expression: {error}") from None
        compiled[name] = re.compile("|".join(f"(?:{p})" for p in patterns), re.IGNORECASE | re.DOTALL)
    return compiled
