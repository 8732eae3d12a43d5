"""Rows as tokens: what the model is fed, and which of it the loss is on.

The prompt's tokens are those that generation feeds (spar_data.models): the chat template's text with its generation prompt.
The target is what the model has to write after them: the reply as the template renders it, up to and with the token that
ends a turn. What a template adds behind that token is left away. Nothing is ever cut: a row that does not fit is set aside.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spar_data.core.errors import first_line
from spar_train.data.rows import Message, PairRow, Row


@dataclass(frozen=True)
class Example:
    """A sequence. tokens: int32 [T]; targets: bool [T], the tokens that the loss is on, never the first."""

    id: str
    tokens: NDArray[np.int32]
    targets: NDArray[np.bool_]


@dataclass(frozen=True)
class PairExample:
    """The two sequences of a pair; their prompts are equal."""

    id: str
    chosen: Example
    rejected: Example


@dataclass(frozen=True)
class LeftOut:
    """A row that is not trained on, and why."""

    id: str
    reason: str


class _Refused(Exception):
    """Why there is no example of a row."""


def sft_example(row: Row, tokenizer: Any, max_length: int, train_critique: bool = False) -> Example | LeftOut:
    """A dialogue with its last reply as target; train_critique: the earlier replies too."""
    try:
        prompt, reply = row.messages[:-1], row.messages[-1]["content"]
        tokens, targets = _tokens(prompt, reply, tokenizer)
        if train_critique:
            _earlier(prompt, tokenizer, targets)
        _fits(len(tokens), max_length)
    except _Refused as why:
        return LeftOut(row.id, str(why))
    return Example(row.id, tokens, targets)


def pair_example(row: PairRow, tokenizer: Any, max_length: int) -> PairExample | LeftOut:
    """Both replies to one prompt. A pair is set aside as a whole where one side is."""
    sides = []
    for name, reply in (("chosen", row.chosen), ("rejected", row.rejected)):
        try:
            tokens, targets = _tokens(row.prompt, reply, tokenizer)
            _fits(len(tokens), max_length)
        except _Refused as why:
            return LeftOut(row.id, f"{name}: {why}")
        sides.append(Example(row.id, tokens, targets))
    if np.array_equal(sides[0].tokens, sides[1].tokens):
        return LeftOut(row.id, "both sides are the same tokens")
    return PairExample(row.id, *sides)


def _tokens(prompt: list[Message], reply: str, tokenizer: Any) -> tuple[NDArray[np.int32], NDArray[np.bool_]]:
    """Prompt and reply as tokens, and which of them are the reply's."""
    before = _render(prompt, tokenizer, add_generation_prompt=True)
    whole = _render([*prompt, {"role": "assistant", "content": reply}], tokenizer)
    if not whole.startswith(before):
        raise _Refused(
            f"the chat template renders the dialogue otherwise than the prompt for it, {_difference(before, whole)}"
        )
    target = _target(whole[len(before) :], reply, tokenizer, last=True)
    fed = _encode(before, tokenizer)
    tokens = _encode(before + target, tokenizer)
    if tokens[: len(fed)] != fed:  # a token across the border, which generation cannot make
        together = tokenizer.decode(tokens)
        tokens = fed + _encode(target, tokenizer)
        if tokenizer.decode(tokens) != together:
            raise _Refused("the tokenizer joins the end of the prompt and the beginning of the reply")
    targets = np.arange(len(tokens)) >= len(fed)
    if not targets.any() or targets[0]:
        raise _Refused("no tokens in the prompt" if targets[0:1].any() else "no tokens in the reply")
    return np.array(tokens, np.int32), targets


def _target(rest: str, reply: str, tokenizer: Any, last: bool) -> str:
    """The part of `rest` to train on: up to and with the special token that ends the turn in which the reply stands.

    rest: the rendered text behind a generation prompt. last: nothing but this reply can stand in it. A template that writes
    no such token (GLM-4: the next role's token ends a turn) gets the tokenizer's end token.
    """
    words = reply.strip()  # templates strip
    if not words:
        raise _Refused("the reply is empty")
    specials = _specials(tokenizer)
    if held := specials.search(words):
        raise _Refused(f"the reply holds the special token {held[0]}")
    ends = [special.span() for special in specials.finditer(rest)]
    at, found = 0, ""
    for i, (start, end) in enumerate(ends):
        if words in rest[at:start]:
            found = rest[: _end(rest, ends[i:], tokenizer.eos_token)]
            if not last:
                return found
        at = end
    if words in rest[at:]:
        if not tokenizer.eos_token:
            raise _Refused("the chat template writes no token that ends a reply, and the tokenizer has none")
        as_is = reply if reply in rest[at:] else words
        found = rest[: rest.rindex(as_is) + len(as_is)] + str(tokenizer.eos_token)
    if not found:
        raise _Refused("the chat template changes the text of the reply")
    return found


def _end(text: str, ends: list[tuple[int, int]], eos: str | None) -> int:
    """Where a turn ends: with the first special token, or with the end token if that is among those right behind it."""
    until = ends[0][0]
    for start, end in ends:
        if start != until:
            break
        if text[start:end] == eos:
            return end
        until = end
    return ends[0][1]


def _earlier(prompt: list[Message], tokenizer: Any, targets: NDArray[np.bool_]) -> None:
    """Marks the earlier replies of the prompt, each with the token that ends its turn."""
    whole = _render(prompt, tokenizer, add_generation_prompt=True)
    fed = _encode(whole, tokenizer)
    for i, message in enumerate(prompt):
        if message["role"] != "assistant":
            continue
        before = _render(prompt[:i], tokenizer, add_generation_prompt=True)
        if not whole.startswith(before):
            raise _Refused(
                f"the chat template renders the dialogue otherwise up to message {i}, {_difference(before, whole)}"
            )
        until = before + _target(whole[len(before) :], message["content"], tokenizer, last=False)
        start, end = _encode(before, tokenizer), _encode(until, tokenizer)
        if not whole.startswith(until) or fed[: len(start)] != start or fed[: len(end)] != end:
            raise _Refused(f"the tokens of message {i} cannot be told from those around them")
        targets[len(start) : len(end)] = True


def _render(messages: list[Message], tokenizer: Any, add_generation_prompt: bool = False) -> str:
    try:
        text = tokenizer.apply_chat_template(messages, tokenize=False, add_generation_prompt=add_generation_prompt)
    except Exception as error:  # a template's own raise_exception, among others
        raise _Refused(f"the chat template refuses the messages: {first_line(error)}") from None
    return str(text)


def _encode(text: str, tokenizer: Any) -> list[int]:
    return list(tokenizer(text, add_special_tokens=False)["input_ids"])


def _specials(tokenizer: Any) -> re.Pattern[str]:
    """The texts of all special tokens: those of the tokenizer's roles, and added ones that are marked as special."""
    texts = set(tokenizer.all_special_tokens)
    texts |= {str(token) for token in tokenizer.added_tokens_decoder.values() if token.special}
    return re.compile("|".join(re.escape(text) for text in sorted(texts, key=len, reverse=True)) or r"(?!)")


def _difference(before: str, whole: str) -> str:
    """Where the prompt's text leaves that of the dialogue."""
    at = next((i for i, (a, b) in enumerate(zip(before, whole, strict=False)) if a != b), min(len(before), len(whole)))
    return f"from character {at}: {before[at : at + 20]!r} against {whole[at : at + 20]!r}"


def _fits(tokens: int, max_length: int) -> None:
    if tokens > max_length:
        raise _Refused(f"too long: {tokens} tokens, at most {max_length}")


def counts(left_out: Sequence[LeftOut]) -> dict[str, int]:
    """How many rows per kind of reason (numbers and texts within reasons do not make kinds), most frequent first."""
    kinds: dict[str, int] = {}
    for each in left_out:
        reason = each.reason.removeprefix("chosen: ").removeprefix("rejected: ")
        kind = re.split(r"[:,]| [<\[]", reason, maxsplit=1)[0]
        kinds[kind] = kinds.get(kind, 0) + 1
    return dict(sorted(kinds.items(), key=lambda item: -item[1]))
