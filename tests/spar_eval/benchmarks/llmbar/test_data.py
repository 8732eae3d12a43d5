"""Reading LLMBar's pairs, and files that are not its."""

from __future__ import annotations

import json
import os
from pathlib import Path

import polars as pl
import pytest
from llmbar_rows import pair_row, write_pairs

from spar_data.core.errors import SparError
from spar_eval.benchmarks.llmbar.config import LlmbarConfig
from spar_eval.benchmarks.llmbar.data import load_llmbar
from spar_eval.benchmarks.llmbar.run import judge_requests


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return write_pairs(tmp_path / "data")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("{", "dataset.json is not JSON"),
        ('{"a": 1}', "a list of pairs is expected"),
        ("[]", "no pairs in it"),
        (json.dumps([pair_row("p"), {**pair_row("p"), "label": 3}]), "row 2: 'label' is 3, 1 or 2"),
        (json.dumps([{**pair_row("p"), "label": True}]), "row 1: 'label' is True"),
        (json.dumps([{**pair_row("p"), "output_2": None}]), "row 1: 'output_2' is None, text is expected"),
        (json.dumps(["p"]), "row 1: 'input'"),
    ],
)
def test_wrong_data(content: str, message: str, tmp_path: Path) -> None:
    (tmp_path / "Natural").mkdir()
    (tmp_path / "Natural" / "dataset.json").write_text(content)
    with pytest.raises(SparError, match=message):
        load_llmbar(str(tmp_path))


def test_wrong_places(folder: Path) -> None:
    with pytest.raises(SparError, match="Did you mean 'Natural'"):
        load_llmbar(str(folder), ["Natural", "Naturl"])
    with pytest.raises(SparError, match="does not exist"):
        load_llmbar("no/such/folder/at/all")
    assert load_llmbar(str(folder / "Natural" / "dataset.json")).subsets == ("Natural",)
    assert load_llmbar(str(folder), limit=2).sha256 != load_llmbar(str(folder)).sha256


def test_a_data_set_with_a_split_for_each_subset(tmp_path: Path) -> None:
    """The form that the Hub has it in."""
    pytest.importorskip("datasets")
    (tmp_path / "set" / "data").mkdir(parents=True)
    for name in ("Natural", "Adversarial_Manual"):
        pl.DataFrame([pair_row("p"), pair_row("q", 2)]).write_parquet(
            tmp_path / f"set/data/{name}-00000-of-00001.parquet"
        )
    data = load_llmbar(str(tmp_path / "set"))
    assert data.subsets == ("Natural", "Manual") and len(data.pairs) == 4 and data.pairs[1].better == 2


@pytest.mark.data
@pytest.mark.skipif(
    "SPAR_TEST_DATA" not in os.environ, reason="SPAR_TEST_DATA is not set: the folder of benchmark data"
)
def test_the_real_data() -> None:
    data = load_llmbar(str(Path(os.environ["SPAR_TEST_DATA"]) / "llmbar"))
    sizes = {name: sum(p.subset == name for p in data.pairs) for name in data.subsets}
    assert sizes == {"Natural": 100, "GPTInst": 92, "GPTOut": 47, "Manual": 46, "Neighbor": 134}
    assert len(judge_requests(data, LlmbarConfig(mode="pointwise"))) == 200 + 184 + 94 + 92 + 268


def test_rows_in_memory() -> None:
    rows = [{**pair_row("p"), "subset": "Natural"}, {**pair_row("q", 2), "subset": "Manual"}]
    data = load_llmbar(rows)
    assert data.subsets == ("Natural", "Manual") and [pair.id for pair in data.pairs] == ["Natural/1", "Manual/1"]
    assert load_llmbar(pl.DataFrame(rows)) == data and load_llmbar([pair_row("p")]).subsets == ("pairs",)
    with pytest.raises(SparError, match="the rows, row 1: 'input' is None"):
        load_llmbar([{"label": 1}])
