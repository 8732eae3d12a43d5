"""Prompts in IFEval's format: reading, and errors that name the row."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl
import pytest
from ifeval_files import ROWS, run_command, write_rows

from spar_data.constraints import ifeval
from spar_data.core.errors import SparError
from spar_eval.instructions.prompts import BenchmarkPrompt, digest, load_prompts, source_name


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"instruction_id_list": ["punctuation:no_komma"]}, "line 1: Unknown instruction 'punctuation:no_komma'. Did you mean"),
        ({"kwargs": []}, "line 1: 1 instructions with 0 kwargs"),
        ({"kwargs": [{"num_words": 3}]}, "line 1: 'punctuation:no_comma' has no parameter 'num_words'"),
        ({"prompt": None}, "line 1: 'prompt' is missing or of the wrong type"),
        ({"key": 2}, "line 2: key 2 is there twice"),
    ],
)  # fmt: skip
def test_a_wrong_row_of_prompts_is_named(tmp_path: Path, change: dict[str, Any], message: str) -> None:
    file = write_rows(tmp_path / "data.jsonl", {**ROWS[0], **change}, *ROWS[1:])
    with pytest.raises(SparError) as error:
        run_command("ifeval", "--data", file, "--responses", file)
    assert message in str(error.value)


def test_a_folder_in_the_format_of_datasets_is_read(ifeval_data: Path, tmp_path: Path) -> None:
    """As google/IFEval comes from the Hub: a struct of all kwargs, nulls where an instruction has no such parameter."""
    datasets = pytest.importorskip("datasets")
    names = {"num_words", "relation"}
    rows = [{**row, "kwargs": [{name: values.get(name) for name in names} for values in row["kwargs"]]} for row in ROWS]  # type: ignore[attr-defined]
    (tmp_path / "hub").mkdir()
    datasets.Dataset.from_list(rows).to_parquet(str(tmp_path / "hub" / "train.parquet"))
    for source in (tmp_path / "hub", tmp_path / "hub" / "train.parquet"):
        assert load_prompts(str(source), ifeval.validate) == load_prompts(str(ifeval_data), ifeval.validate)


def test_a_source_that_is_nowhere_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(
        SparError, match=r"no/such/file.jsonl does not exist: a .jsonl or .parquet file, a folder, or a name"
    ):
        load_prompts("no/such/file.jsonl", ifeval.validate)


def test_rows_in_memory_and_in_a_frame_are_the_same_prompts(ifeval_data: Path) -> None:
    plain = [{**row, "kwargs": [{} for _ in row["kwargs"]]} for row in ROWS[:2]]  # type: ignore[attr-defined]
    assert load_prompts(plain, ifeval.validate) == load_prompts(ifeval_data, ifeval.validate)[:2]
    same = {
        "key": ["1"],
        "prompt": ["p"],
        "instruction_id_list": [["punctuation:no_comma"]],
        "kwargs": [[{"num_words": None}]],
    }
    assert load_prompts(pl.DataFrame(same), ifeval.validate)[0].instructions == (("punctuation:no_comma", {}),)
    with pytest.raises(SparError, match="row 2: 'prompt' is missing"):
        load_prompts([ROWS[0], {"key": 2}], ifeval.validate)
    with pytest.raises(SparError, match="given in memory is empty"):
        load_prompts([], ifeval.validate)


def test_digest_follows_prompts_instructions_and_order() -> None:
    first, second = BenchmarkPrompt("1", "a", (("x", {"n": 1, "m": 2}),)), BenchmarkPrompt("2", "b", (("x", {}),))
    assert digest([first, second]) != digest([second, first])
    assert digest([first]) == digest([BenchmarkPrompt("1", "a", (("x", {"m": 2, "n": 1}),))])


def test_a_path_or_name_is_shown_and_rows_are_in_memory() -> None:
    assert source_name(Path("a.jsonl")) == "a.jsonl" and source_name("google/IFEval") == "google/IFEval"
    assert source_name([{"key": 1}]) == source_name(None) == "given in memory"
