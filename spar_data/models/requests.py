"""What is asked of a model and what comes back."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Message:
    role: str
    content: str


@dataclass(frozen=True)
class Request:
    """messages and sampling: everything that a caller decides about an answer."""

    messages: tuple[Message, ...]
    temperature: float
    max_tokens: int
    top_p: float = 1.0


@dataclass(frozen=True)
class Completion:
    """An answer. `finish_reason` is 'stop'; what was cut off is a Failure, not an answer."""

    text: str
    finish_reason: str
    prompt_tokens: int
    completion_tokens: int


@dataclass(frozen=True)
class Failure:
    """No answer, and why. Never stored: the next run asks again."""

    cause: str
