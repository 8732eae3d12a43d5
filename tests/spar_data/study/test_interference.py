"""The folder of a study: both arms, settings and statistics."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from study_folder import arms, json_rows

from spar_data.core.templates import render
from spar_data.study.config import StudyConfig
from spar_data.study.interference import README, build_study
from spar_data.study.items import TaskFacts


@pytest.mark.parametrize("task", ["letters", "stories"])
def test_arms_differ_in_the_chosen_side_alone(study: Path, task: str) -> None:
    refined, sampled = arms(study, task)
    assert len(refined) == len(sampled) == 300 and len({r["prompt_id"] for r in refined}) == 300
    for one, other in zip(refined, sampled, strict=True):
        assert one["recipe"] == "interference-refined" and other["recipe"] == "interference-sampled"
        assert all(one[name] == other[name] for name in ("prompt", "prompt_id", "rejected", "source"))
        assert one["chosen"] != other["chosen"] != other["rejected"] != one["chosen"]
    trl = json_rows(study / task / "sampled.jsonl")
    assert [(r["chosen"][0]["content"], r["rejected"][0]["role"]) for r in trl] == [
        (r["chosen"], "assistant") for r in sampled
    ]
    assert trl[0]["prompt"] == sampled[0]["prompt"]


def test_the_same_options_give_the_same_files(study: Path, tmp_path: Path) -> None:
    build_study(StudyConfig(size=300, eval_size=80), tmp_path)
    files = sorted(p.relative_to(study) for p in study.rglob("*") if p.is_file())
    assert len(files) == 12 and all((study / f).read_bytes() == (tmp_path / f).read_bytes() for f in files)
    facts = json.loads((study / "study.json").read_text())
    arms = facts["tasks"]["letters"]["arms"]
    assert arms["refined"]["similarity"] > 0.8 and arms["sampled"]["similarity"] == 0
    assert arms["refined"]["similarity without case"] == arms["sampled"]["similarity without case"]
    assert (
        facts["tasks"]["stories"]["arms"]["refined"]["similarity"]
        > facts["tasks"]["stories"]["arms"]["sampled"]["similarity"]
    )
    text = (study / "README.md").read_text()
    assert "| similarity |" in text and "{" not in text


def test_settings_are_in_the_folder(study: Path) -> None:
    settings = json.loads((study / "study.json").read_text())["settings"]
    alphabet = "abcdefghijklmnopqrstuvwxyz"
    assert settings == {
        "tasks": ["letters", "stories"], "size": 300, "eval_size": 80, "seed": 42,
        "letters": {"difficulty": "mixed", "kinds": [2, 2], "counts": [3, 20], "alphabet": alphabet, "capitals": 1.0},
        "stories": {"difficulty": "mixed", "sentences": [4, 8], "seed": 42},
    }  # fmt: skip


def test_statistics_are_a_table_for_each_task() -> None:
    arms: dict[str, dict[str, float | None]] = {"refined": {"similarity": 0.9}, "sampled": {"similarity": None}}
    tasks = {"letters": TaskFacts(1200, {"1 too few": 3}, arms)}
    text = render(README, config=StudyConfig(capitals=0.25, seed=3), tasks=tasks)
    assert "| letters | refined | sampled |\n|---|---|---|\n| similarity | 0.9 | None |" in text
    assert "Flaws of the rejected sides: 3 1 too few. Test prompts: 1,200." in text
    assert "seed 3." in text and "(a share of 0.25 of the" in text and "{" not in text
