"""Reasons of the verdicts; test_ifbench.py compares the verdicts with official ones."""

from __future__ import annotations

import pytest
from ifbench_cases import CASES
from reason_table import failure_test

from spar_data.constraints import ifbench
from spar_data.constraints.verdict import Verdict

test_reasons = failure_test(
    ifbench.check,
    ("custom:csv_city", {}, "ID,Country", "0 rows below the header, exactly 7 asked"),
)  # fmt: skip


@pytest.mark.parametrize("name", ["custom:csv_city", "custom:csv_quotes", "custom:csv_special_character"])
@pytest.mark.parametrize("broken", ["a\rb", '"' + "a" * 140_000, '"open'])
def test_broken_tables_fail_instead_of_ending_the_run(name: str, broken: str) -> None:
    """Python's csv module raises over the first two, and the official code with it."""
    table = next(iter(next(case for case in CASES if case.name == name).passes.values()))
    assert not ifbench.check(name, table + "\n" + broken, {}).passed


def test_a_field_of_white_space_fails() -> None:
    """The official code takes the first character of it."""
    table = next(iter(next(case for case in CASES if case.name == "custom:csv_quotes").passes.values()))
    verdict = ifbench.check("custom:csv_quotes", table.replace('"91"', " "), {})
    assert verdict == Verdict(False, "'' is not in double quotes")
