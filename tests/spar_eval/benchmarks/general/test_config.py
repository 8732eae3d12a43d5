"""The values of a run of the harness."""

from __future__ import annotations

import pytest

from spar_data.core.errors import SparError
from spar_eval.benchmarks.general.config import GeneralConfig


def test_each_task_once_in_order() -> None:
    assert GeneralConfig(" mmlu,gsm8k, ,mmlu").task_names == ("mmlu", "gsm8k")
    assert GeneralConfig().task_names == ("gsm8k", "triviaqa", "mmlu")


def test_no_task_is_an_error() -> None:
    with pytest.raises(SparError, match="--tasks is empty"):
        GeneralConfig(" , ")
    with pytest.raises(SparError, match="max_tokens = 1: a number of at least 2"):
        GeneralConfig(max_tokens=1)
