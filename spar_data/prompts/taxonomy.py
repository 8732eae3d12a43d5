"""The constraint taxonomy: groups, types and leaves, with phrasings per language. `taxonomy_files` loads it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from spar_data.core.files import JsonValue


@dataclass(frozen=True)
class Parameter:
    """How a parameter is drawn: a number from a range, or entries of a lexicon of the language.

    count      bounds of the number of entries, drawn as a list; (0, 0): one entry, as a string.
    seed_word  prefer a content word of the seed prompt to an entry.
    """

    start: int = 0
    stop: int = 0
    step: int = 1
    lexicon: str = ""
    count: tuple[int, int] = (0, 0)
    seed_word: bool = False


@dataclass(frozen=True)
class Leaf:
    """One constraint.

    id          group.type.leaf.
    asks        what the constraint demands, for a model teacher.
    covers      whether the checker verifies the whole of it or a part; none without a checker.
    parameters  drawn for each prompt; fixed: the same for all.
    not_for_language   the language in which the constraint makes no sense, "" if there is none.
    conflicts   leaves that exclude it.
    """

    id: str
    label: str
    asks: str
    checker: str
    covers: str
    parameters: Mapping[str, Parameter]
    fixed: Mapping[str, JsonValue]
    not_for_language: str
    conflicts: frozenset[str]

    @property
    def type(self) -> str:
        return self.id.rpartition(".")[0]


@dataclass(frozen=True)
class LeafType:
    """A type of constraints, e.g. content.keyword."""

    id: str
    label: str
    leaves: tuple[Leaf, ...]


@dataclass(frozen=True)
class TypeGroup:
    """A group of types, e.g. content."""

    id: str
    label: str
    types: tuple[LeafType, ...]


@dataclass(frozen=True)
class Task:
    """A kind of seed prompt. skip: the reason to add nothing, "" if there is none. blocks: leaves that do not fit."""

    id: str
    skip: str
    blocks: frozenset[str]


@dataclass(frozen=True)
class Phrasing:
    """One wording of a leaf. lead: it stands before an imperative seed. fixed: parameters that the wording fixes."""

    text: str
    lead: bool
    fixed: Mapping[str, JsonValue]


@dataclass(frozen=True)
class Language:
    """Everything that is needed to phrase constraints and to understand seeds in one language.

    and_word, or_word, comma   between the items of a list.
    quotes       opening and closing; stop: the full stop; space: what stands between sentences, "" for some scripts.
    imperatives  verbs that begin a request; stopwords: words that no keyword constraint uses.
    weave        sentence templates by place.
    phrasings    by leaf; cues: patterns, by leaf, of what a seed asks for already; tasks: patterns by task.
    """

    code: str
    and_word: str
    or_word: str
    comma: str
    quotes: tuple[str, str]
    stop: str
    space: str
    imperatives: tuple[str, ...]
    stopwords: tuple[str, ...]
    weave: Mapping[str, tuple[str, ...]]
    lexicon: Mapping[str, tuple[str, ...]]
    phrasings: Mapping[str, tuple[Phrasing, ...]]
    cues: Mapping[str, re.Pattern[str]]
    tasks: Mapping[str, re.Pattern[str]]


@dataclass(frozen=True)
class Taxonomy:
    """digest: the hash of all files."""

    name: str
    version: str
    digest: str
    groups: tuple[TypeGroup, ...]
    tasks: Mapping[str, Task]
    languages: Mapping[str, Language]

    @cached_property
    def types(self) -> tuple[LeafType, ...]:
        return tuple(kind for group in self.groups for kind in group.types)

    @cached_property
    def leaves(self) -> dict[str, Leaf]:
        return {leaf.id: leaf for kind in self.types for leaf in kind.leaves}

    def conflict(self, a: str, b: str) -> bool:
        """Whether two leaves exclude each other: equal ones, two of one type, or a conflict that either declares."""
        first, second = self.leaves[a], self.leaves[b]
        return first.type == second.type or b in first.conflicts or a in second.conflicts

    def __str__(self) -> str:
        return (
            f"{self.name} {self.version}: {len(self.groups)} groups, {len(self.types)} types, {len(self.leaves)} leaves, "
            f"languages {', '.join(self.languages)}"
        )
