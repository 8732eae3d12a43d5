"""Requests to a model, and its answers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True)
class Message:
    role: str
    content: str


@dataclass(frozen=True)
class Request:
    """Messages and sampling: everything that a caller decides about an answer.

    n        number of samples. Each is stored separately, so that a later request for more asks for the rest only.
    seed     sample i has the seed seed + i; whether equal seeds give equal samples depends on the backend.
    schema   a JSON schema as text that the reply should obey. A backend that cannot enforce it ignores it, so the reply
             still has to be parsed.
    """

    messages: tuple[Message, ...]
    temperature: float
    max_tokens: int
    top_p: float = 1.0
    n: int = 1
    stop: tuple[str, ...] = ()
    seed: int | None = None
    schema: str = ""

    @property
    def prompt(self) -> str:
        """The text of the last message."""
        return self.messages[-1].content


@dataclass(frozen=True)
class Completion:
    """One finished sample. The tokens of a call are divided among its samples so that sums are exact."""

    text: str
    thinking: str = ""
    finish_reason: str = "stop"
    prompt_tokens: int = 0
    completion_tokens: int = 0


@dataclass(frozen=True)
class Failure:
    """Why there is no answer: a `cause` from a short list, for counts, and a `detail`. Its tokens were paid for.

    Causes: length (cut off at max_tokens), empty, content_filter, malformed, too long (the prompt), status NNN,
    connection, deadline, budget, not stored (replay), missing sample, batch STATUS, error.
    """

    cause: str
    detail: str = ""
    prompt_tokens: int = 0
    completion_tokens: int = 0

    def __str__(self) -> str:
        return f"{self.cause}: {self.detail}" if self.detail else self.cause


Answer = Completion | Failure


@dataclass(frozen=True)
class Identity:
    """name: the model's name in prices and reports; key: canonical JSON of everything in it that can change an answer."""

    name: str
    key: str


class Model(Protocol):
    """The protocol of backends, and of objects that stand in place of a model's spec.

    `ask` answers all n samples of a request. It may be called many times at once, up to `in_flight`, and from one event
    loop after another; it raises SparError for what would fail every request, and is cancelled by cancelling it.
    """

    identity: Identity
    in_flight: int

    async def ask(self, request: Request) -> Sequence[Answer]: ...

    async def close(self) -> None: ...


AnyModel = str | Model  # a spec, e.g. "hf:PATH", or an object


def estimate_prompt(request: Request) -> int:
    """The approximate number of tokens in all messages."""
    return sum(estimate_tokens(message.content) for message in request.messages)


def estimate_tokens(text: str) -> int:
    """The approximate number of tokens: characters / 4; one for each letter of a script without spaces."""
    wide = 0 if text.isascii() else sum(c > "\u0e00" for c in text)
    return wide + (len(text) - wide + 3) // 4
