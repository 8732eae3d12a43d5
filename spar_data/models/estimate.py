"""What a run would ask, for `--dry-run`."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from spar_data.models import AnyModel, Request, Store, cost, estimate_prompt, identify, missing


@dataclass(frozen=True)
class CallPlan:
    """Calls and samples that a run would ask for, and their tokens at most. usd: None if no price is known."""

    calls: int
    samples: int
    prompt_tokens: int
    completion_tokens: int
    usd: float | None

    @classmethod
    def of(cls, model: AnyModel, requests: Iterable[Request], times: int = 1) -> CallPlan:
        """The plan for these requests, each asked so many times."""
        listed = list(requests)
        prompt = times * sum(map(estimate_prompt, listed))
        completion = times * sum(request.n * request.max_tokens for request in listed)
        samples = times * sum(request.n for request in listed)
        usd = cost(identify(model).name, prompt, completion)
        return cls(times * len(listed), samples, prompt, completion, usd)

    def __str__(self) -> str:
        money = "no price known for this model" if self.usd is None else f"at most {self.usd:,.2f} USD at list price"
        return (
            f"{self.calls:,} calls for {self.samples:,} samples, about {self.prompt_tokens:,} tokens in and at most "
            f"{self.completion_tokens:,} out, {money}"
        )


def plan_calls(model: AnyModel, requests: Iterable[Request], store_file: Path) -> CallPlan:
    """The plan for what the store does not hold. Makes no call and no file."""
    if not store_file.exists():
        return CallPlan.of(model, requests)
    with Store(store_file) as store:
        return CallPlan.of(model, missing(identify(model), requests, store))
