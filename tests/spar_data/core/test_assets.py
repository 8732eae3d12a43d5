"""Shipped data is found; the cache folder follows the environment."""

from __future__ import annotations

from pathlib import Path

import pytest

from spar_data.core.assets import asset, cache_folder


@pytest.mark.parametrize("name", ["taxonomy", "recipes", "seeds", "keywords.toml"])
def test_shipped_data(name: str) -> None:
    assert asset(name).exists()


def test_every_package_has_its_assets() -> None:
    pages = [asset("report.html", package).read_text(encoding="utf-8") for package in ("spar_eval", "spar_train")]
    assert "[" in asset("prices.toml").read_text(encoding="utf-8") and pages[0] != pages[1]


def test_a_missing_asset_is_named() -> None:
    with pytest.raises(FileNotFoundError, match=r"'nothing\.toml' is missing from this installation"):
        asset("nothing.toml")


def test_cache_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert cache_folder() == tmp_path / "spar-suite"
    monkeypatch.setenv("XDG_CACHE_HOME", "")
    assert cache_folder() == Path.home() / ".cache" / "spar-suite"
