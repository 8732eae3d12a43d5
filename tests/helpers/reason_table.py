"""Tables of responses with the verdict and the reason of an official checker."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from spar_data.constraints import Verdict


def reason_test(
    check: Callable[[str, str, Mapping[str, Any]], Verdict], *rows: tuple[str, Mapping[str, Any], str, bool, str]
) -> Callable[..., None]:
    """A test of each row: instruction, kwargs, response, whether it passes, and why."""

    @pytest.mark.parametrize(("name", "kwargs", "response", "passed", "reason"), rows)
    def test(name: str, kwargs: Mapping[str, Any], response: str, passed: bool, reason: str) -> None:
        assert check(name, response, kwargs) == (passed, reason)

    return test


def failure_test(
    check: Callable[[str, str, Mapping[str, Any]], Verdict], *rows: tuple[str, Mapping[str, Any], str, str]
) -> Callable[..., None]:
    """A test of each row: instruction, kwargs, a response that fails, and why."""
    return reason_test(check, *((name, kwargs, response, False, why) for name, kwargs, response, why in rows))
