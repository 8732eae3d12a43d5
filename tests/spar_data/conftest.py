"""The default recipe, built once for all tests that look at its run and release folders."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture
def no_benchmarks(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Neither environment nor cache folder name benchmarks."""
    monkeypatch.delenv("SPAR_BENCHMARKS", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """(run folder, release folder) of the default recipe, built without benchmarks."""
    from spar_data.prompts.build import build_dataset

    root = tmp_path_factory.mktemp("mini")
    with pytest.MonkeyPatch.context() as environment:
        environment.delenv("SPAR_BENCHMARKS", raising=False)
        environment.setenv("XDG_CACHE_HOME", str(root / "cache"))
        release = build_dataset(runs=root / "runs", out=root / "releases")
    return root / "runs" / release.name, release.path
