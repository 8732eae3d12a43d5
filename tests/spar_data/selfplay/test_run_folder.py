"""The folder of a self-play run."""

from __future__ import annotations

from pathlib import Path

import pytest
from pairs_commands import world_run
from stored_rows import world

from spar_data.core.tables import frame
from spar_data.selfplay.records import Sample
from spar_data.selfplay.run_folder import open_folder
from spar_data.selfplay.stored_rows import to_records


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return world_run(tmp_path)


def test_rows_come_back_from_parquet_as_they_went_in(run: Path) -> None:
    samples, nodes = world()
    folder = open_folder(run)
    assert folder.samples(replies=True) == samples and folder.nodes(replies=True) == nodes
    assert all(not s.votes.replies for s in folder.samples()) and folder.facts.seed == 7
    assert [s.votes.judgement for s in folder.samples()] == [s.votes.judgement for s in samples]
    assert to_records(frame(samples[:2], Sample), Sample) == samples[:2]
