"""The rows of self-play: responses with their votes, nodes of trees, and what models are trained on.

Everything a model said is in them, so that pairs can be cut again by another rule without one more call.
"""

from __future__ import annotations

from dataclasses import dataclass

from spar_data.models.model_spec import RULES
from spar_data.models.requests import Message

VOTE_WORDS = ("Yes", "No", "unparsed", "failed")


@dataclass(frozen=True)
class Votes:
    """What the judge said about one text.

    words      one per reply, in order: Yes, No, unparsed or failed.
    replies    the replies themselves, "" where a call failed.
    verdict    Yes or No by the majority of valid votes; tie (also after resampling); unparsed: fewer valid votes than
               asked for; failed: no reply at all; unknown (rules): no program can tell.
    value      the share of Yes among the valid votes; null where the verdict is unparsed, failed or unknown.
    judgement  of the majority, chosen at random by the run's seed; "" if there is none.
    exact      the checkers' verdict: Yes, No or unknown; "" where nobody asked them.
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
    """A response of the actor. `id` is the hash of prompt id and sample. problem: why there is no usable response ("length:
    cut off at ...", "refusal", ...), else "" ; votes are empty then. pass_rate: of the prompt's responses with a verdict Yes
    or No the share with Yes, null if there is none: how easy the prompt is for the actor."""

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
    text      the refined response, "" if there is none; reply: all that the refiner said, with its reflection.
    problem   why it is no refinement (failed, unparsed, unchanged, a copy of node N), else "".
    refine_tokens, judge_tokens   what it took, in completion tokens.
    refiner   who made it: a model's name, or rules; "" for the root.
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
        """Whether the rules made it, not a model."""
        return self.refiner == RULES


@dataclass(frozen=True)
class Pair:
    """Two messages to the same prompt, one of them better. `id` is the hash of recipe, prompt and both sides.

    recipe   how it was cut: spar, direct, ...
    chosen_value, rejected_value   what decided it: a share of Yes votes, or a score.
    source   ids of the samples, or tree and nodes, it was cut from.
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


@dataclass(frozen=True)
class Dialogue:
    """One dialogue to train on; the loss is on the last message. `id` is the hash of its messages.

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


def squeeze(text: str) -> str:
    """The text with every run of white space as one space: texts that differ in nothing else count as equal."""
    return " ".join(text.split())
