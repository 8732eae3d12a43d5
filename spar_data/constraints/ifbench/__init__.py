"""The 58 instruction types of IFBench (arXiv 2507.02833), with exactly the official verdicts.

The official checkers are ifbench/instructions.py of allenai/IFBench at the commit `OFFICIAL`. Where they draw random
parameters, download data or crash, these do not; docs/ifbench.md lists the differences. A checker is a function
`(response, *, ...) -> Verdict` whose parameters are the official kwargs. Responses are untrusted: every check takes time
that is about linear in their length.
"""

from __future__ import annotations

from collections.abc import Mapping

from spar_data.constraints.discovery import checkers_of
from spar_data.constraints.validation import complete, parameters_of, unchecked
from spar_data.constraints.verdict import Verdict
from spar_data.core.files import JsonValue

__all__ = ["INSTRUCTIONS", "OFFICIAL", "check", "validate"]

OFFICIAL = "db69a6f"
"""The commit of allenai/IFBench (19 August 2026) with the same verdicts."""


def _official_name(checker: str) -> str:
    """The id of an instruction from its module and function: "custom_tables.csv_city" -> "custom:csv_city"."""
    module, function = checker.split(".")
    name = function.rstrip("_").replace("sub_bullets", "sub-bullets")
    return f"{module.removesuffix('_tables')}:{name}"


INSTRUCTIONS = {_official_name(name): checker for name, checker in checkers_of(__name__, __path__).items()}


def check(name: str, response: str, kwargs: Mapping[str, object]) -> Verdict:
    """Runs the checker of the instruction `name` ('count:numbers') on a response.

    kwargs: as the data has them, with nulls for parameters of other types. Raises SparError for an unknown instruction
    and for kwargs that it does not take.
    """
    params = validate(name, kwargs)
    if verdict := unchecked(response):
        return verdict
    return INSTRUCTIONS[name](response, **params)


def validate(name: str, kwargs: Mapping[str, object]) -> dict[str, JsonValue]:
    """Returns the kwargs without nulls. Raises SparError unless they are exactly what the instruction takes."""
    return complete(parameters_of(INSTRUCTIONS, name), name, kwargs)
