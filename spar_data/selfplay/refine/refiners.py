"""Refiners: a model, the rules, or a model with the rules beside it.

All of them answer the same two questions, so nobody who uses a refiner has to know which kind it is: which refinements
come from the rules (`by_rules`), and what to ask a model for the others (`request`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from spar_data.core.errors import SparError
from spar_data.models import AnyModel, Request, identify, model_label
from spar_data.models.model_spec import RULES
from spar_data.selfplay.judge.checkers import Constraints, partly_checkable
from spar_data.selfplay.refine.prompt import refine_request


@dataclass(frozen=True)
class Case:
    """A response that fails its prompt, and the judgement that says why."""

    prompt: str
    response: str
    judgement: str
    constraints: Constraints = ()


class Refiner(Protocol):
    """model: the model that is asked, None if none is. name: as rows show it. varies: whether it can refine one
    response in different ways. rules_first: whether the rules make the first refinement, beside a model."""

    @property
    def model(self) -> AnyModel | None: ...

    @property
    def name(self) -> str: ...

    @property
    def varies(self) -> bool: ...

    @property
    def rules_first(self) -> bool: ...

    @property
    def max_tokens(self) -> int: ...

    def rule_count(self, constraints: Constraints, existing: int, count: int) -> int:
        """How many of the next `count` refinements come from the rules. existing: refinements of the response so far."""
        ...

    def request(self, case: Case, samples: int = 1) -> Request | None:
        """The request for so many refinements; None if no model has to be asked."""
        ...


@dataclass(frozen=True)
class ModelRefiner:
    """A model that refines. The defaults are those of the authors' script, except for the temperature: it has 0.7, for many
    branches.

    rules_first: the rules make the first refinement of a response if a program can check a constraint of its prompt.
    """

    model: AnyModel
    temperature: float = 0.0
    top_p: float = 1.0
    max_tokens: int = 3072
    rules_first: bool = False

    @property
    def name(self) -> str:
        return identify(self.model).name

    @property
    def varies(self) -> bool:
        return self.temperature > 0

    def rule_count(self, constraints: Constraints, existing: int, count: int) -> int:
        return int(self.rules_first and not existing and count > 0 and partly_checkable(constraints))

    def request(self, case: Case, samples: int = 1) -> Request:
        values = samples, self.temperature, self.top_p, self.max_tokens
        return refine_request(case.prompt, case.response, case.judgement, *values)


@dataclass(frozen=True)
class RuleRefiner:
    """The smallest edit after which all verifiable constraints pass."""

    model = None
    name = RULES
    varies = False
    rules_first = False
    max_tokens: int = 3072

    def rule_count(self, constraints: Constraints, existing: int, count: int) -> int:
        return count

    def request(self, case: Case, samples: int = 1) -> None:
        return None


def refiner_of(
    models: Sequence[AnyModel], temperature: float = 0.0, top_p: float = 1.0, max_tokens: int = 3072
) -> Refiner:
    """Builds a refiner: a model, `rules`, or a model with the rules beside it. Raises SparError for other combinations."""
    to_ask = [model for model in models if model != RULES]
    if len(to_ask) > 1 or len(models) - len(to_ask) > 1 or not models:
        names = ", ".join(map(model_label, models)) or "missing"
        raise SparError(f"refiner {names}: a model, rules, or one of each is expected")
    if not to_ask:
        return RuleRefiner(max_tokens)
    return ModelRefiner(to_ask[0], temperature, top_p, max_tokens, rules_first=len(models) == 2)
