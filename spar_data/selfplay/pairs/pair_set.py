"""What every recipe has in common: rows in, pairs out, and a count of all that was left out, with the reason."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import NamedTuple

from spar_data.core.ids import row_id
from spar_data.selfplay.records import Dialogue, Message, Node, Pair, Sample


@dataclass(frozen=True)
class Rows:
    """What recipes are cut from. previous: samples of the iteration before; sft: dialogues with an actor's targets; system:
    the system prompt that the actor responded under, "" for none."""

    samples: Sequence[Sample] = ()
    nodes: Sequence[Node] = ()
    sft: Sequence[Dialogue] = ()
    previous: Sequence[Sample] = ()
    system: str = ""

    def asked(self, prompt: str) -> list[Message]:
        """What the actor was asked, as it was asked."""
        return [*([Message("system", self.system)] if self.system else []), Message("user", prompt)]


class Side(NamedTuple):
    """A text, what decided about it, and the id of the sample or `tree:node` it is."""

    text: str
    value: float | None
    source: str


@dataclass
class Cut:
    """What a recipe made of its rows.

    started    how many trees, prompts, ... it began with.
    excluded   (what, reason) to number: "tree", "no refinement ...".
    notes      what a reader of the rows should know, to number.
    """

    recipe: str
    started: dict[str, int]
    pairs: list[Pair] = field(default_factory=list)
    dialogues: list[Dialogue] = field(default_factory=list)
    excluded: Counter[tuple[str, str]] = field(default_factory=Counter)
    notes: Counter[str] = field(default_factory=Counter)
    _ids: set[str] = field(default_factory=set)

    def drop(self, what: str, reason: str, number: int = 1) -> None:
        self.excluded[what, reason] += number

    def pair(self, prompt_id: str, prompt: Sequence[Message], chosen: Side, rejected: Side, recipe: str = "") -> bool:
        """Adds a pair, unless a side is empty, both are equal but for white space, or the pair is there already; says which."""
        one, other = fold(chosen.text), fold(rejected.text)
        recipe = recipe or self.recipe
        identifier = row_id(recipe, *(m.content for m in prompt), chosen.text, rejected.text)
        known = "duplicate" if identifier in self._ids else ""
        problem = "empty side" if not one or not other else "equal sides" if one == other else known
        if problem:
            self.drop("pair", problem)
            return False
        self._ids.add(identifier)
        self.pairs.append(
            Pair(
                identifier, recipe, prompt_id, list(prompt), chosen.text, rejected.text,
                chosen.value, rejected.value, [chosen.source, rejected.source],
            )
        )  # fmt: skip
        return True

    def dialogue(
        self, kind: str, prompt_id: str, messages: Sequence[Message], label: str, source: list[str]
    ) -> Dialogue | None:
        """Adds a dialogue, unless it is there already."""
        identifier = row_id(*(part for m in messages for part in (m.role, m.content)))
        if identifier in self._ids:
            self.drop(f"{kind} row", "duplicate")
            return None
        self._ids.add(identifier)
        self.dialogues.append(Dialogue(identifier, kind, self.recipe, prompt_id, list(messages), label, source))
        return self.dialogues[-1]

    def usable(self, samples: Iterable[Sample]) -> list[Sample]:
        """The samples with a response that a model may learn from; the others are counted."""
        kept = []
        for sample in samples:
            if sample.problem:
                self.drop("response", fault(sample.problem))
            elif not fold(sample.response):
                self.drop("response", "empty")
            else:
                kept.append(sample)
        return kept

    @property
    def rows(self) -> list[Pair] | list[Dialogue]:
        return self.pairs or self.dialogues

    def done(self) -> Cut:
        """In the order of prompts and ids, whatever the order of the rows was."""
        self.pairs.sort(key=lambda pair: (pair.prompt_id, pair.id))
        self.dialogues.sort(key=lambda each: (each.kind, each.prompt_id, each.id))
        return self

    def lost(self) -> str:
        """Where the rows went, in a line."""
        counted = sorted(self.excluded.items(), key=lambda item: (-item[1], item[0]))
        return "; ".join(f"{number:,} {what}{'s' * (number != 1)}: {why}" for (what, why), number in counted)


def fold(text: str) -> str:
    """The text by which two sides are compared: white space is one space, or none at the ends."""
    return " ".join(text.split())


def fault(problem: str) -> str:
    """The kind of a problem: what stands before its colon."""
    return problem.partition(":")[0].strip() or "problem"


def by_prompt(samples: Sequence[Sample]) -> Iterator[tuple[str, list[Sample]]]:
    """The samples of each prompt, in their order."""
    ordered = sorted(samples, key=lambda s: (s.prompt_id, s.sample, s.id))
    for prompt_id, group in groupby(ordered, key=lambda s: s.prompt_id):
        yield prompt_id, list(group)


def by_tree(nodes: Sequence[Node]) -> Iterator[tuple[str, list[Node]]]:
    """The nodes of each tree, the root first."""
    ordered = sorted(nodes, key=lambda n: (n.tree, n.node))
    for tree, group in groupby(ordered, key=lambda n: n.tree):
        yield tree, list(group)


def distinct(samples: Iterable[Sample]) -> list[Sample]:
    """The first sample of each text."""
    found: dict[str, Sample] = {}
    for sample in samples:
        found.setdefault(fold(sample.response), sample)
    return list(found.values())
