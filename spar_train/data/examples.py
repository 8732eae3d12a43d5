"""Tokenizes rows: the tokens of a sequence, and which of them the loss is on.

The tokens of a prompt are those that generation feeds (spar_data.models): the chat template's text with its generation prompt.
The target is what the model has to write after them: the reply as the template renders it, up to and including the token
that ends the turn. Text that a template adds after that token is dropped. Nothing is ever cut: a row that does not fit is set
aside.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from spar_data.core.errors import first_line
from spar_train.data.rows import ChatMessage, DialogueRow, PairRow

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase


@dataclass(frozen=True)
class Example:
    """A sequence. tokens: int32 [T]. targets: bool [T], the tokens that the loss is on; never the first."""

    id: str
    tokens: NDArray[np.int32]
    targets: NDArray[np.bool_]


@dataclass(frozen=True)
class PairExample:
    """The two sequences of a pair. Their prompts are equal."""

    id: str
    chosen: Example
    rejected: Example


@dataclass(frozen=True)
class LeftOut:
    """A row that is not trained on, with the reason."""

    id: str
    reason: str


class _Refused(Exception):
    """The reason why a row cannot be an example."""


def sft_example(
    row: DialogueRow, tokenizer: PreTrainedTokenizerBase, max_length: int, train_critique: bool = False
) -> Example | LeftOut:
    """Tokenizes a dialogue; the target is its last reply. train_critique: the earlier replies are targets too."""
    try:
        prompt, reply = row.messages[:-1], row.messages[-1]["content"]
        tokens, targets = _tokens(prompt, reply, tokenizer)
        if train_critique:
            _mark_earlier_replies(prompt, tokenizer, targets)
        _check_length(len(tokens), max_length)
    except _Refused as refused:
        return LeftOut(row.id, str(refused))
    return Example(row.id, tokens, targets)


def pair_example(row: PairRow, tokenizer: PreTrainedTokenizerBase, max_length: int) -> PairExample | LeftOut:
    """Tokenizes both replies to a prompt. If one side has to be set aside, the whole pair is."""
    sides = []
    for name, reply in (("chosen", row.chosen), ("rejected", row.rejected)):
        try:
            tokens, targets = _tokens(row.prompt, reply, tokenizer)
            _check_length(len(tokens), max_length)
        except _Refused as refused:
            return LeftOut(row.id, f"{name}: {refused}")
        sides.append(Example(row.id, tokens, targets))
    if np.array_equal(sides[0].tokens, sides[1].tokens):
        return LeftOut(row.id, "both sides are the same tokens")
    return PairExample(row.id, *sides)


def _tokens(
    prompt: list[ChatMessage], reply: str, tokenizer: PreTrainedTokenizerBase
) -> tuple[NDArray[np.int32], NDArray[np.bool_]]:
    """The tokens of prompt and reply, and which of them belong to the reply."""
    before = _render(prompt, tokenizer, add_generation_prompt=True)
    whole = _render([*prompt, {"role": "assistant", "content": reply}], tokenizer)
    if not whole.startswith(before):
        raise _Refused(
            f"the chat template renders the dialogue differently from its prompt, {_difference(before, whole)}"
        )
    target = _target_text(whole[len(before) :], reply, tokenizer, last=True)
    fed = _encode(before, tokenizer)
    tokens = _encode(before + target, tokenizer)
    if tokens[: len(fed)] != fed:  # a token spans the border, which generation cannot produce
        text = tokenizer.decode(tokens)
        tokens = fed + _encode(target, tokenizer)
        if tokenizer.decode(tokens) != text:
            raise _Refused("the tokenizer joins the end of the prompt and the beginning of the reply")
    targets = np.arange(len(tokens)) >= len(fed)
    if not targets.any() or targets[0]:
        raise _Refused("no tokens in the prompt" if targets[0:1].any() else "no tokens in the reply")
    return np.array(tokens, np.int32), targets


def _target_text(rest: str, reply: str, tokenizer: PreTrainedTokenizerBase, last: bool) -> str:
    """The part of `rest` to train on: up to and including the special token that ends the turn of the reply.

    rest: the rendered text after a generation prompt. last: no other message follows in it. For a template that writes no
    such token (GLM-4, where the next role's token ends a turn) the tokenizer's end token is added.
    """
    words = reply.strip()  # templates strip
    if not words:
        raise _Refused("the reply is empty")
    specials = _specials(tokenizer)
    if special := specials.search(words):
        raise _Refused(f"the reply holds the special token {special[0]}")
    ends = [match.span() for match in specials.finditer(rest)]
    at, target = 0, ""
    for i, (start, end) in enumerate(ends):
        if words in rest[at:start]:
            target = rest[: _turn_end(rest, ends[i:], tokenizer.eos_token)]
            if not last:
                return target
        at = end
    if words in rest[at:]:
        if not tokenizer.eos_token:
            raise _Refused("the chat template writes no token that ends a reply, and the tokenizer has none")
        as_is = reply if reply in rest[at:] else words
        target = rest[: rest.rindex(as_is) + len(as_is)] + str(tokenizer.eos_token)
    if not target:
        raise _Refused("the chat template changes the text of the reply")
    return target


def _turn_end(text: str, ends: list[tuple[int, int]], eos: str | None) -> int:
    """The position after a turn: after the first special token, or after the end token if it is one of those that follow it."""
    until = ends[0][0]
    for start, end in ends:
        if start != until:
            break
        if text[start:end] == eos:
            return end
        until = end
    return ends[0][1]


def _mark_earlier_replies(
    prompt: list[ChatMessage], tokenizer: PreTrainedTokenizerBase, targets: NDArray[np.bool_]
) -> None:
    """Marks the earlier replies of the prompt as targets, each with the token that ends its turn."""
    whole = _render(prompt, tokenizer, add_generation_prompt=True)
    fed = _encode(whole, tokenizer)
    for i, message in enumerate(prompt):
        if message["role"] != "assistant":
            continue
        before = _render(prompt[:i], tokenizer, add_generation_prompt=True)
        if not whole.startswith(before):
            raise _Refused(
                f"the chat template renders the dialogue differently up to message {i}, {_difference(before, whole)}"
            )
        until = before + _target_text(whole[len(before) :], message["content"], tokenizer, last=False)
        start, end = _encode(before, tokenizer), _encode(until, tokenizer)
        if not whole.startswith(until) or fed[: len(start)] != start or fed[: len(end)] != end:
            raise _Refused(f"the tokens of message {i} cannot be separated from their neighbours")
        targets[len(start) : len(end)] = True


def _render(
    messages: list[ChatMessage], tokenizer: PreTrainedTokenizerBase, add_generation_prompt: bool = False
) -> str:
    try:
        text = tokenizer.apply_chat_template(messages, tokenize=False, add_generation_prompt=add_generation_prompt)
    except Exception as error:  # a template's own raise_exception, among others
        raise _Refused(f"the chat template refuses the messages: {first_line(error)}") from None
    return str(text)


def _encode(text: str, tokenizer: PreTrainedTokenizerBase) -> list[int]:
    return list(tokenizer(text, add_special_tokens=False)["input_ids"])


def _specials(tokenizer: PreTrainedTokenizerBase) -> re.Pattern[str]:
    """Matches all special tokens: those with a role in the tokenizer, and added ones that are marked as special."""
    texts = set(tokenizer.all_special_tokens)
    texts |= {str(token) for token in tokenizer.added_tokens_decoder.values() if token.special}
    return re.compile("|".join(re.escape(text) for text in sorted(texts, key=len, reverse=True)) or r"(?!)")


def _difference(before: str, whole: str) -> str:
    """The place where the texts of prompt and dialogue diverge."""
    at = next((i for i, (a, b) in enumerate(zip(before, whole, strict=False)) if a != b), min(len(before), len(whole)))
    return f"from character {at}: {before[at : at + 20]!r} against {whole[at : at + 20]!r}"


def _check_length(tokens: int, max_length: int) -> None:
    if tokens > max_length:
        raise _Refused(f"too long: {tokens} tokens, at most {max_length}")


def reason_counts(left_out: Sequence[LeftOut]) -> dict[str, int]:
    """The number of rows per kind of reason, most frequent first. Numbers and texts within reasons do not make kinds."""
    reasons = (row.reason.removeprefix("chosen: ").removeprefix("rejected: ") for row in left_out)
    kinds = Counter(re.split(r"[:,]| [<\[]", reason, maxsplit=1)[0] for reason in reasons)
    return dict(kinds.most_common())
