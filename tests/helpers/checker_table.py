"""Tables of responses: what a checker must pass and what it must fail, each with a note that says what would break."""

from __future__ import annotations

import pytest

from spar_data.constraints import run_checker

Row = tuple[str, dict[str, object], dict[str, str], dict[str, str]]
"""A checker, its parameters, and by note the responses that pass and those that fail."""


def cases(*rows: Row) -> pytest.MarkDecorator:
    """Parametrises a test by (name, params, response, passed)."""
    params = [
        pytest.param(name, params, response, passed, id=f"{name} {'passes' if passed else 'fails'}: {note}")
        for name, params, passing, failing in rows
        for passed, responses in ((True, passing), (False, failing))
        for note, response in responses.items()
    ]
    return pytest.mark.parametrize(("name", "params", "response", "passed"), params)


def assert_verdict(name: str, params: dict[str, object], response: str, passed: bool) -> None:
    verdict = run_checker(name, response, params)
    assert verdict.passed is passed, verdict.reason
    assert verdict.reason and "\n" not in verdict.reason
