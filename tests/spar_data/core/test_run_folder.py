"""Run folders: who may go on in a folder, and how differences are named."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from spar_data.core.errors import SparError
from spar_data.core.run_folder import claim, differences, finish, matching_facts, read_facts

SETTINGS = {"seed": 1, "models": ("a", "b"), "search": {"order": "bfs", "limits": {"nodes": 3}}}


def test_a_new_or_empty_folder_is_claimed_and_the_same_settings_go_on(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    for folder in (tmp_path / "new", tmp_path / "empty"):
        assert claim(folder, "run.json", SETTINGS) == {}
        stored = json.loads((folder / "run.json").read_text())
        assert stored == {"settings": json.loads(json.dumps(SETTINGS)), "state": "begun"}
        assert claim(folder, "run.json", SETTINGS) == stored


def test_other_settings_are_refused_setting_by_setting_and_nothing_is_written(tmp_path: Path) -> None:
    claim(tmp_path, "run.json", SETTINGS)
    before = (tmp_path / "run.json").read_bytes()
    other = {"seed": 2, "models": ("a",), "search": {"order": "bfs", "limits": {"nodes": 4}}, "new": "x"}
    with pytest.raises(SparError) as error:
        claim(tmp_path, "run.json", other)
    for part in (
        "holds a run with other settings",
        "seed is 1 there and 2 here; ",
        'models is ["a", "b"] there and ["a"] here; ',
        "search.limits.nodes is 3 there and 4 here; ",
        'new is null there and "x" here.',
    ):
        assert part in str(error.value)
    assert (tmp_path / "run.json").read_bytes() == before


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("thesis.tex", "", r"holds other files and no run\.json"),
        ("run.json", "{cut", r"run\.json is not readable"),
        ("run.json", "[]", "a JSON object is expected"),
        ("run.json", "{}", "seed is null there and 1 here"),
    ],
)
def test_folders_of_something_else_are_refused(tmp_path: Path, name: str, content: str, message: str) -> None:
    (tmp_path / name).write_text(content)
    with pytest.raises(SparError, match=message):
        claim(tmp_path, "run.json", SETTINGS)
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_hidden_files_do_not_count_but_a_file_in_place_of_the_folder_does(tmp_path: Path) -> None:
    (tmp_path / ".lock").write_text("")
    assert read_facts(tmp_path, "run.json") is None
    with pytest.raises(SparError, match="holds other files"):
        read_facts(tmp_path / ".lock", "run.json")


def test_an_optional_stage_may_be_left_out_once_and_keeps_its_settings(tmp_path: Path) -> None:
    without = {**SETTINGS, "search": None}
    claim(tmp_path, "run.json", SETTINGS, ("search",))
    finish(tmp_path, "run.json", SETTINGS, {"state": "finished", "trees": 3}, ("search",))
    claim(tmp_path, "run.json", without, ("search",))
    finish(tmp_path, "run.json", without, {"state": "negatives"}, ("search",))
    stored = read_facts(tmp_path, "run.json")
    assert stored is not None and (stored["state"], stored["trees"]) == ("negatives", 3)
    assert stored["settings"] == json.loads(json.dumps(SETTINGS))
    with pytest.raises(SparError, match="there and null here"):
        claim(tmp_path, "run.json", without)


def test_free_settings_and_facts_beside_the_identity_may_differ(tmp_path: Path) -> None:
    stored = {"stage": "sft", "settings": {"seed": 1, "keep": 2}, "steps": 9}
    assert differences(stored, {"stage": "sft", "settings": {"seed": 1, "keep": 3}}, free=("keep",)) == []
    assert differences(stored, {"stage": "dpo", "settings": {"seed": 1, "keep": 2}}) == [
        'stage is "sft" there and "dpo" here'
    ]
    assert matching_facts(tmp_path, "train.json", stored) is None and not list(tmp_path.iterdir())


def test_long_values_are_cut() -> None:
    (change,) = differences({"key": "x" * 500}, {"key": "y"})
    assert len(change) < 160 and '... there and "y" here' in change
