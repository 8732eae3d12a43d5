"""The rows that every recipe reads and writes: stored samples and trees in, pairs or dialogues out, exclusions counted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import NamedTuple

from spar_data.core.errors import SparError
from spar_data.models import Answer, Message, Request
from spar_data.selfplay.records import Dialogue, Node, Pair, Sample, squeeze

RowSet = Sequence[Pair] | Sequence[Dialogue]
Ask = Callable[[str, Sequence[Request]], list[list[Answer]]]
"""Asks the judge all requests of a phase at once; a list of answers for each request."""


def no_judge(phase: str, requests: Sequence[Request]) -> list[list[Answer]]:
    """The `ask` of rows without a judge. Raises SparError."""
    raise SparError(f"{phase}: a model has to judge; name it with --judge (`spar-data models`)")


@dataclass(frozen=True)
class StoredRows:
    """The rows of a run, and further rows that recipes are cut from.

    samples, nodes   of the run.
    sft              dialogues with target responses of an actor.
    previous         samples of the previous iteration.
    system           system prompt that the actor responded under, "" for none.
    ask              asks the judge, for recipes that need more than what is stored.
    """

    samples: Sequence[Sample] = ()
    nodes: Sequence[Node] = ()
    sft: Sequence[Dialogue] = ()
    previous: Sequence[Sample] = ()
    system: str = ""
    ask: Ask = no_judge

    def messages(self, prompt: str) -> list[Message]:
        """The messages that the actor was asked with."""
        return [*([Message("system", self.system)] if self.system else []), Message("user", prompt)]

    def count(self, *units: str) -> dict[str, int]:
        """The numbers that a recipe starts from. units: prompts, responses, trees."""
        ids = {"prompts": {sample.prompt_id for sample in self.samples}, "trees": {node.tree for node in self.nodes}}
        return {unit: len(ids.get(unit, self.samples)) for unit in units}


class Side(NamedTuple):
    """One side of a pair: its text, the value that decided, and its source, a sample's id or `tree:node`."""

    text: str
    value: float | None
    source: str

    @classmethod
    def of(cls, judged: Sample | Node) -> Side:
        """A text with its share of Yes votes."""
        if isinstance(judged, Sample):
            return cls(judged.response, judged.votes.value, judged.id)
        return cls(judged.text, judged.votes.value, f"{judged.tree}:{judged.node}")


@dataclass
class Cut:
    """The rows that one recipe made.

    started    numbers of trees, prompts, ... that it began with.
    excluded   numbers by (unit, reason), e.g. ("tree", "no refinement was tried").
    notes      numbers of rows that a reader should know about, e.g. those made by rules.
    """

    recipe: str
    started: dict[str, int]
    pairs: list[Pair] = field(default_factory=list)
    dialogues: list[Dialogue] = field(default_factory=list)
    excluded: Counter[tuple[str, str]] = field(default_factory=Counter)
    notes: Counter[str] = field(default_factory=Counter)
    _ids: set[str] = field(default_factory=set)

    def drop(self, unit: str, reason: str, number: int = 1) -> None:
        self.excluded[unit, reason] += number

    def pair(self, prompt_id: str, prompt: Sequence[Message], chosen: Side, rejected: Side, recipe: str = "") -> bool:
        """Adds a pair and returns True, unless a side is empty, the sides are equal or the pair is a duplicate."""
        sides = squeeze(chosen.text), squeeze(rejected.text)
        pair = Pair.of(
            recipe or self.recipe, prompt_id, list(prompt), chosen.text, rejected.text, chosen.value, rejected.value,
            [chosen.source, rejected.source],
        )  # fmt: skip
        duplicate = "duplicate" if pair.id in self._ids else ""
        problem = "empty side" if not all(sides) else "equal sides" if sides[0] == sides[1] else duplicate
        if problem:
            self.drop("pair", problem)
            return False
        self._ids.add(pair.id)
        self.pairs.append(pair)
        return True

    def dialogue(self, kind: str, prompt_id: str, messages: Sequence[Message], label: str, source: list[str]) -> bool:
        """Adds a dialogue and returns True, unless it is a duplicate."""
        dialogue = Dialogue.of(kind, self.recipe, prompt_id, list(messages), label, source)
        if dialogue.id in self._ids:
            self.drop(f"{kind} row", "duplicate")
            return False
        self._ids.add(dialogue.id)
        self.dialogues.append(dialogue)
        return True

    def usable(self, samples: Iterable[Sample]) -> list[Sample]:
        """The samples with a response that a model may learn from; counts the others."""
        usable = []
        for sample in samples:
            if sample.problem:
                self.drop("response", problem_kind(sample.problem))
            elif not squeeze(sample.response):
                self.drop("response", "empty")
            else:
                usable.append(sample)
        return usable

    def judged(self, samples: Iterable[Sample], *verdicts: str) -> list[Sample]:
        """The usable samples with one of these verdicts; counts the others."""
        judged = []
        for sample in self.usable(samples):
            if sample.votes.verdict in verdicts:
                judged.append(sample)
            else:
                self.drop("response", f"judged {sample.votes.verdict or 'not at all'}")
        return judged

    @property
    def rows(self) -> list[Pair] | list[Dialogue]:
        return self.pairs or self.dialogues

    def sorted(self) -> Cut:
        """Sorts the rows by prompt and id, so that they do not depend on the order of what was stored."""
        self.pairs.sort(key=lambda pair: (pair.prompt_id, pair.id))
        self.dialogues.sort(key=lambda dialogue: (dialogue.kind, dialogue.prompt_id, dialogue.id))
        return self

    def losses(self) -> str:
        """Numbers and reasons of the exclusions in one line, the largest first."""
        return "; ".join(
            f"{number:,} {unit}{'s' * (number != 1)}: {reason}" for (unit, reason), number in self.ranked_losses()
        )

    def ranked_losses(self) -> list[tuple[tuple[str, str], int]]:
        return sorted(self.excluded.items(), key=lambda item: (-item[1], item[0]))


def problem_kind(problem: str) -> str:
    """The part of a problem before its colon: "length" of "length: cut off at 5 tokens"."""
    return problem.partition(":")[0].strip() or "problem"


def by_prompt(samples: Sequence[Sample]) -> Iterator[tuple[str, list[Sample]]]:
    """Prompt ids with the samples of each, in order of the sample numbers."""
    ordered = sorted(samples, key=lambda s: (s.prompt_id, s.sample, s.id))
    for prompt_id, group in groupby(ordered, key=lambda s: s.prompt_id):
        yield prompt_id, list(group)


def by_tree(nodes: Sequence[Node]) -> Iterator[tuple[str, list[Node]]]:
    """Tree ids with the nodes of each, the root first."""
    ordered = sorted(nodes, key=lambda n: (n.tree, n.node))
    for tree, group in groupby(ordered, key=lambda n: n.tree):
        yield tree, list(group)
