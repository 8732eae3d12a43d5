"""What is asked of a model and what comes back."""

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
    """messages and sampling: everything that a caller decides about an answer.

    n: how many samples; each is stored on its own, so that a later request for more of them asks for the rest only.
    seed: of sample i is seed + i; the same seed is the same sample as far as a backend keeps its promise.
    schema: a JSON schema as text that the reply should obey; a backend that cannot enforce it leaves it out, so the
    reply still has to be parsed.
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
    """One sample that came to its end. Tokens are those of the call, divided among its samples so that sums are exact."""

    text: str
    thinking: str = ""
    finish_reason: str = "stop"
    prompt_tokens: int = 0
    completion_tokens: int = 0


@dataclass(frozen=True)
class Failure:
    """No answer, and why: `cause` is one of a few names that can be counted, `detail` says more. Tokens were paid for.

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
    """name: what prices and reports call the model; key: canonical JSON of all of it that can change an answer."""

    name: str
    key: str


class Model(Protocol):
    """What a backend has to have, and what an object needs to be given in place of a model's spec.

    `ask` answers all n samples of a request. It may be called many times at once, up to `in_flight`, and from one event
    loop after another; it raises SparError for what would fail every request, and is cancelled by cancelling it.
    """

    identity: Identity
    in_flight: int

    async def ask(self, request: Request) -> Sequence[Answer]: ...

    async def close(self) -> None: ...


AnyModel = str | Model  # a spec, e.g. "hf:PATH", or an object


def estimate_prompt(request: Request) -> int:
    """About how many tokens all messages hold."""
    return sum(estimate_tokens(message.content) for message in request.messages)


def estimate_tokens(text: str) -> int:
    """About how many tokens: characters / 4, a letter of an unspaced script for one each."""
    wide = 0 if text.isascii() else sum(c > "\u0e00" for c in text)
    return wide + (len(text) - wide + 3) // 4
