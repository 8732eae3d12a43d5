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
    from spar_data.prompts.build import build
    from spar_data.prompts.recipe import load_recipe
    from spar_data.prompts.run_folder import RunFolder

    root = tmp_path_factory.mktemp("mini")
    with pytest.MonkeyPatch.context() as environment:
        environment.delenv("SPAR_BENCHMARKS", raising=False)
        environment.setenv("XDG_CACHE_HOME", str(root / "cache"))
        release = build(load_recipe("mini"), RunFolder(root / "run"), root / "releases")
    return root / "run", release.path
