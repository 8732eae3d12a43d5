"""`--eval`: faulty texts are named."""

from __future__ import annotations

import pytest

from spar_data.core.errors import SparError
from spar_train.loop.evaluations import parse_evaluations


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (("fresh",), "fresh:N with a number"),
        (("fresh:0",), "fresh:N with a number"),
        (("refinement",), "refinement=FILE is expected"),
        (("ifevil=x",), "Did you mean 'ifeval'"),
        (("fresh:5", "fresh:6"), "given twice"),
    ],
)
def test_faulty_evaluations_are_refused(text: tuple[str, ...], why: str) -> None:
    with pytest.raises(SparError, match=why):
        parse_evaluations(text)
