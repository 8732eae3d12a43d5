"""A tiny model with rows to train on, prompts of a release, and the command line of `spar-train`."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest
from command_line import Run


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with model/, pairs.jsonl and rows.jsonl."""
    pytest.importorskip("torch")
    import small_training

    return small_training.world(tmp_path_factory.mktemp("world"))


@pytest.fixture
def prompts(tmp_path: Path) -> Path:
    """The first 80 prompts of the small release, with their constraints."""
    file = tmp_path / "prompts.parquet"
    pl.read_parquet("releases/spar-mini-1.0.0/data/prompts.parquet").head(80).write_parquet(file)
    return file


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> Run:
    """Runs a command line of `spar-train`; returns its exit status and the text of both streams."""
    from spar_train.cli.main import main

    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))

    def call(*words: object) -> tuple[int, str, str]:
        monkeypatch.setattr("sys.argv", ["spar-train", *map(str, words)])
        capfd.readouterr()
        try:
            main()
            status = 0
        except SystemExit as end:
            status = int(str(end.code or 0))
        streams = capfd.readouterr()
        return status, streams.out, streams.err

    return call
