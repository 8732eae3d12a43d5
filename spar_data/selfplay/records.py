"""The rows of self-play: responses with their votes, nodes of trees, and rows to train on.

They hold all replies of the models, so that pairs can be made again by another rule without one more call.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TypeVar

from spar_data.core.ids import row_id
from spar_data.models.model_spec import RULES
from spar_data.models.requests import Message

T = TypeVar("T")

VOTE_WORDS = ("Yes", "No", "unparsed", "failed")
CHECKERS = ("beside", "also", "veto")
"""What the checkers' verdict counts for beside a model judge: nothing, one more vote, or a final No."""


@dataclass(frozen=True)
class Votes:
    """The verdict on one text, with the votes behind it.

    words      one for each reply, in order: Yes, No, unparsed or failed.
    replies    the replies themselves, "" for a failed call.
    verdict    Yes or No by the majority of valid votes; tie, also after further rounds; unparsed: too few valid votes;
               failed: no reply at all; unknown: no program can tell, if the checkers judge alone.
    value      V, the share of Yes among the valid votes; null if the verdict is unparsed, failed or unknown.
    judgement  a reply that agrees with the verdict, drawn by the run's seed; "" if there is none.
    exact      the checkers' verdict: Yes, No or unknown; "" if the prompt has no constraints.
    """

    words: list[str]
    replies: list[str]
    verdict: str
    value: float | None
    judgement: str
    exact: str

    def number(self, word: str) -> int:
        """How many votes of all rounds are Yes, No, unparsed or failed."""
        return self.words.count(word)

    def text(self) -> str:
        """'3 Yes, 1 No, 1 unparsed, 0 failed'"""
        return ", ".join(f"{self.number(word)} {word}" for word in VOTE_WORDS)


@dataclass(frozen=True)
class Sample:
    """A response of the actor. `id` is the hash of prompt id and sample number.

    problem    why there is no usable response ("length: cut off at ...", "refusal", ...), else "". It has no votes then.
    pass_rate  the share of Yes among the prompt's responses with the verdict Yes or No, null if there are none: how easy the
               prompt is for the actor.
    """

    id: str
    prompt_id: str
    prompt: str
    sample: int
    response: str
    thinking: str
    problem: str
    votes: Votes
    actor: str
    judge: str
    pass_rate: float | None = None


@dataclass(frozen=True)
class Node:
    """A node of a tree. Node 0 is the root: the negative, with the votes that made it one.

    tree      id of the root's sample.
    node      number within the tree, in the order of the search; parent: the node it refines, -1 for the root.
    depth     0 for the root.
    text      the refined response, "" if there is none; reply: the whole reply of the refiner, with its reflection.
    problem   why it is no refinement (failed, unparsed, unchanged, a copy of node N), else "".
    refine_tokens, judge_tokens   completion tokens of its refinement and its judgements.
    refiner   the name of the model that made it, or rules; "" for the root.
    """

    tree: str
    prompt_id: str
    prompt: str
    node: int
    parent: int
    depth: int
    text: str
    reply: str
    problem: str
    votes: Votes
    refine_tokens: int
    judge_tokens: int
    refiner: str

    @property
    def by_rules(self) -> bool:
        """Whether the rules made it instead of a model."""
        return self.refiner == RULES


@dataclass(frozen=True)
class Pair:
    """Two messages to the same prompt, one of them better. `id` is the hash of recipe, prompt and both sides.

    recipe   the recipe that made it: spar, direct, ...
    chosen_value, rejected_value   the share of Yes votes, or the score, that decided it.
    source   ids of the samples, or tree and nodes, of both sides.
    """

    id: str
    recipe: str
    prompt_id: str
    prompt: list[Message]
    chosen: str
    rejected: str
    chosen_value: float | None
    rejected_value: float | None
    source: list[str]

    @classmethod
    def of(
        cls, recipe: str, prompt_id: str, prompt: list[Message], chosen: str, rejected: str,
        chosen_value: float | None, rejected_value: float | None, source: list[str],
    ) -> Pair:  # fmt: skip
        """The pair with its id."""
        identifier = row_id(recipe, *(message.content for message in prompt), chosen, rejected)
        return cls(identifier, recipe, prompt_id, prompt, chosen, rejected, chosen_value, rejected_value, source)


@dataclass(frozen=True)
class Dialogue:
    """A dialogue to train on, with the loss on its last message. `id` is the hash of its messages.

    kind   actor, judge or refine.   recipe   sft, rft, star, rest-em, ...
    label  of a judge row: Yes or No, else "".
    """

    id: str
    kind: str
    recipe: str
    prompt_id: str
    messages: list[Message]
    label: str
    source: list[str]

    @classmethod
    def of(
        cls, kind: str, recipe: str, prompt_id: str, messages: list[Message], label: str, source: list[str]
    ) -> Dialogue:
        """The dialogue with its id."""
        identifier = row_id(*(part for message in messages for part in (message.role, message.content)))
        return cls(identifier, kind, recipe, prompt_id, messages, label, source)


def distinct(rows: Iterable[T], text: Callable[[T], str]) -> list[T]:
    """The first row of each text, white space aside."""
    firsts: dict[str, T] = {}
    for row in rows:
        firsts.setdefault(squeeze(text(row)), row)
    return list(firsts.values())


def squeeze(text: str) -> str:
    """The text with every run of white space as one space: texts that differ in nothing else count as equal."""
    return " ".join(text.split())
