"""Reading failing responses: rows by hand, and what is wrong with them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from failing_rows import BEE, NO, failing, write_rows

from spar_data.core.errors import SparError
from spar_eval.benchmarks.refinement.cases import load_cases


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_rows_that_come_twice_and_samples() -> None:
    twice = load_cases(
        write_rows(failing("r1"), failing("r1"), {**failing("r2"), "prompt": "p", "id": 7, "sample": 2}, failing("r3"))
    )
    assert twice.ids == ("1", "7/2", "4") and twice.counts == {"left out: the same prompt and response again": 1}
    assert len(load_cases(Path("rows.jsonl"), limit=2).cases) == 2
    same = load_cases(write_rows({**failing("r1"), "id": "a"}, {**failing("r2"), "id": "a"}))
    assert same.ids == ("a#1", "a#2")


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("{", "rows.jsonl, line 2: not JSON"),
        ("[1]", "line 2: a JSON object is expected, not list"),
        ({"prompt": "p"}, "line 2: 'response' is None, text is expected"),
        ({"prompt": "p", "response": " ", "judgement": NO}, "line 2: 'response' is ' '"),
        ({"prompt": "p", "response": "r"}, "line 2: neither 'judgement'"),
        ({"prompt": "p", "response": "r", "judgement": 3}, "line 2: 'judgement' is 3"),
        ({"prompt": "p", "response": "r", "verdict": "No", "judgements": [{"response": "hm"}, {"failure": "x"}]},
         "none of its 'judgements' says so"),
        ({**failing("r"), "constraints": "x"}, "line 2: 'constraints' is str"),
        ({**failing("r"), "constraints": [{"text": "t"}]}, "line 2: constraint 1 has no checker, covers, params"),
        ({**failing("r"), "constraints": [{**BEE, "checker": "keyword.includ"}]}, "Unknown checker"),
        ({**failing("r"), "constraints": [{**BEE, "params": "{"}]}, "line 2: constraint 1: 'params' is no JSON"),
    ],
)  # fmt: skip
def test_wrong_rows(row: Any, message: str) -> None:
    Path("rows.jsonl").write_text(
        json.dumps(failing("fine")) + "\n" + (row if isinstance(row, str) else json.dumps(row))
    )
    with pytest.raises(SparError, match=message):
        load_cases(Path("rows.jsonl"))


def test_wrong_files() -> None:
    with pytest.raises(SparError, match=r"nowhere\.jsonl: not readable \(No such file"):
        load_cases(Path("nowhere.jsonl"))
    with pytest.raises(SparError, match="no failing response in it \\(1 left out: verdict Yes"):
        load_cases(write_rows({**failing("r"), "verdict": "Yes"}))


def test_rows_in_memory() -> None:
    rows = [failing("r1"), failing("r2", id="x")]
    cases = load_cases(rows)
    assert cases == load_cases(pl.DataFrame(rows)) and cases.ids == ("1", "x")
    assert cases.sha256 == load_cases(write_rows(*rows)).sha256
    with pytest.raises(SparError, match="row 1: 'prompt' is None"):
        load_cases([{"response": "r"}])
