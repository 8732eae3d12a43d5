"""How responses are sampled."""

from __future__ import annotations

from dataclasses import dataclass

from spar_data.core.config import Config, setting
from spar_data.models.requests import Message, Request


@dataclass(frozen=True)
class Sampling(Config):
    """How a model responds to a prompt; greedy by default.

    For self-play the authors sample 5 responses a prompt at temperature 0.9 and top_p 0.9.
    """

    samples: int = setting(1, "Responses per prompt.", at_least=1)
    temperature: float = setting(0.0, "Sampling temperature.", at_least=0, at_most=2)
    top_p: float = setting(1.0, "Sample from the most likely tokens with this total probability.", above=0, at_most=1)
    max_tokens: int = setting(2048, "Tokens of one reply at most.", at_least=1)
    system: str = setting("", "System prompt.")

    def request(self, prompt: str) -> Request:
        system = (Message("system", self.system),) if self.system else ()
        return Request(
            (*system, Message("user", prompt)), self.temperature, self.max_tokens, top_p=self.top_p, n=self.samples
        )
