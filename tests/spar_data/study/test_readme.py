"""The README of a study folder."""

from __future__ import annotations

from spar_data.study.config import StudyConfig
from spar_data.study.items import TaskFacts
from spar_data.study.readme import readme_text


def test_statistics_are_a_table_for_each_task() -> None:
    arms: dict[str, dict[str, float | None]] = {"refined": {"similarity": 0.9}, "sampled": {"similarity": None}}
    text = readme_text(StudyConfig(capitals=0.25, seed=3), {"letters": TaskFacts(1200, {"1 too few": 3}, arms)})
    assert "| letters | refined | sampled |\n|---|---|---|\n| similarity | 0.9 | None |" in text
    assert "Flaws of the rejected sides: 3 1 too few. Test prompts: 1,200." in text
    assert "seed 3." in text and "(a share of 0.25 of the" in text and "{" not in text
