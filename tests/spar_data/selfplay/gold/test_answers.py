"""Gold answers of all of GSM8K."""

from __future__ import annotations

import json
import os
import re
from fractions import Fraction
from pathlib import Path

import pytest

from spar_data.selfplay.gold.answers import gold_number
from spar_data.selfplay.gold.problems import read_problems
from spar_data.selfplay.gold.read_number import number_of


@pytest.mark.data
@pytest.mark.skipif(not os.environ.get("SPAR_TEST_DATA"), reason="SPAR_TEST_DATA is not set")
def test_every_solution_of_gsm8k_gives_its_own_answer() -> None:
    """The oracle: what stands after ####, read as text. Without that line the last number has to do, and does in 97%."""
    read = guessed = total = 0
    for name in ("train", "test"):
        file = Path(os.environ["SPAR_TEST_DATA"]) / "gsm8k" / f"{name}.jsonl"
        for line in file.read_text(encoding="utf-8").splitlines():
            answer = json.loads(line)["answer"]
            gold = Fraction(re.split(r"####\s*", answer)[1].replace(",", ""))
            assert gold_number(answer) == gold
            read += number_of(answer) == gold
            guessed += number_of(re.sub("<<.*?>>", "", answer.split("####")[0])) == gold
            total += 1
        rows = list(read_problems(str(file)))
        assert all(number_of(p.solution) == p.gold.answer for p in rows if not p.gold.options)
        assert sum(bool(p.solution) for p in rows) == len(rows) == {"train": 7473, "test": 1319}[name]
    assert read == total == 8792 and guessed / total > 0.97
