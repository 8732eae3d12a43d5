"""Reading FollowBench: both forms, and rows that are not its."""

from __future__ import annotations

import json
import os
import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from followbench_rows import content_rows, example_rows, row, write_files

from spar_data.core.errors import SparError
from spar_eval.benchmarks.followbench.data import default_source, load_followbench
from spar_eval.benchmarks.followbench.rules import has_rule


def test_the_data_is_found_among_the_benchmarks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data = write_files(tmp_path / "data", content=content_rows(), example=example_rows())
    monkeypatch.setenv("SPAR_BENCHMARKS", str(data.parent))
    assert default_source() == str(data)


@pytest.mark.parametrize("ending", ["folder", "file"])
def test_one_table_in_two_languages_is_the_same_data(tmp_path: Path, ending: str) -> None:
    """As on the Hub: mixed rows go by the kinds of their constraints, and Chinese ones follow in the same numbers."""
    data = write_files(tmp_path / "data", content=content_rows(), example=example_rows())
    mixed = [row("mixed", 1, 0), *(row(", ".join(["format"] * level), 1, level) for level in range(1, 6))]
    chinese = [{**raw, "instruction": f"写一首关于春天的诗，第{raw['level']}级"} for raw in (*content_rows(), *mixed)]
    rows = [{"answer": None, **raw} for raw in (*content_rows(), *example_rows(), *mixed, *chinese)]
    table = tmp_path / "table"
    table.mkdir()
    (table / "train.jsonl").write_text("\n".join(json.dumps(raw, ensure_ascii=False) for raw in rows))
    (data / "mixed_constraints.json").write_text(json.dumps(mixed))
    if ending == "folder":
        pytest.importorskip("datasets")
    loaded = load_followbench(str(table if ending == "folder" else table / "train.jsonl"))
    assert (
        loaded.groups
        == load_followbench(str(data)).groups
        == load_followbench([*content_rows(), *example_rows(), *mixed]).groups
    )
    assert loaded.notes == ("18 rows in Chinese are left out: the rules are for English",)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"level": 6}, "content_constraints.json, row 3: 'level' is 6"),
        ({"level": "2"}, "row 3: 'level' is '2', a whole number from 0 to 5 is expected"),
        ({"instruction": " "}, "row 3: 'instruction' is empty"),
        ({"instruction": None}, "row 3: 'instruction' is None, text is expected"),
        ({"example_id": None}, "row 3: 'example_id' is None"),
        ({"target": 3}, "row 3: 'target' is 3"),
        ({"level": 1}, "row 3: a second row of content 1, level 1; the first is"),
        ({"source": "CONLL2003", "target": "Bonn"}, "row 3: 'target' is 'Bonn', a list of texts"),
    ],
)
def test_bad_rows_are_named(tmp_path: Path, change: dict[str, Any], message: str) -> None:
    rows = content_rows()
    rows[2] |= change
    with pytest.raises(SparError, match=re.escape(message)):
        load_followbench(str(write_files(tmp_path / "bad", content=rows)))


def test_bad_files_are_named(tmp_path: Path) -> None:
    folder = write_files(tmp_path / "bad", content=[], example=[{**example_rows()[0], "target": "{instruction}"}])
    with pytest.raises(SparError, match=r"example_constraints.json, row 1: 'target' .* a template with \{answer\}"):
        load_followbench(str(folder))
    (folder / "example_constraints.json").write_text("[")
    with pytest.raises(SparError, match="is not JSON"):
        load_followbench(str(folder))
    (folder / "example_constraints.json").write_text("{}")
    with pytest.raises(SparError, match="a list of rows is expected"):
        load_followbench(str(folder))
    (folder / "example_constraints.json").rename(folder / "odd_constraints.json")
    with pytest.raises(SparError, match="category 'odd' is unknown"):
        load_followbench(str(folder))
    with pytest.raises(SparError, match="does not exist"):
        load_followbench(str(tmp_path / "nowhere"))


def _bench() -> str:
    if not os.environ.get("SPAR_TEST_DATA"):
        pytest.skip("SPAR_TEST_DATA is not set: the folder with FollowBench's data")
    return str(Path(os.environ["SPAR_TEST_DATA"]) / "followbench")


@pytest.mark.data
def test_the_whole_benchmark_is_read() -> None:
    data = load_followbench(_bench())
    levels = Counter((p.category, p.level) for p in data.prompts)
    groups = {"content": 25, "situation": 22, "style": 30, "format": 30, "example": 40, "mixed": 17}
    assert levels == {(category, level): n for category, n in groups.items() for level in range(1, 6)}
    assert sum(len(group.prompts) for group in data.groups) == 944
    assert all(group.complete for group in data.groups)
    assert data.notes == ()
    ruled = Counter(p.category for p in data.prompts if has_rule(p))
    assert ruled == {"example": 200, "content": 60, "situation": 40, "mixed": 40, "format": 10}
    assert all(len({has_rule(p) for p in group.scored}) == 1 for group in data.groups)
    assert load_followbench(_bench() + "/data") == data
