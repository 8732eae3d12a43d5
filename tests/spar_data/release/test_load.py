"""Releases as objects: tables, paths and errors."""

from __future__ import annotations

import json
from pathlib import Path

import polars as pl
import pytest

from spar_data.core.assets import asset
from spar_data.core.errors import SparError
from spar_data.release.load import load_release

RELEASE = asset("releases/spar-mini-1.0.0")


def test_a_release_of_prompts() -> None:
    release = load_release(RELEASE)
    assert repr(release) == "Release(spar-mini-1.0.0: 1,986 prompts, 2,080 seeds)"
    assert release.tables == {"prompts": 1986, "seeds": 2080}
    assert release.to_polars().equals(pl.read_parquet(RELEASE / "data" / "prompts.parquet"))
    assert len(release.to_polars("seeds")) == 2080 and len(release.prompts) == 1986
    assert Path(release) == RELEASE and load_release(release) == release
    with pytest.raises(SparError, match=r"no table 'promts'\. Did you mean 'prompts'"):
        release.to_polars("promts")


def test_a_release_of_self_play_lists_its_own_tables(tmp_path: Path) -> None:
    pl.DataFrame({"id": ["a"]}).write_parquet(tmp_path / "x.parquet")
    (tmp_path / "data").mkdir()
    (tmp_path / "x.parquet").rename(tmp_path / "data" / "dpo.parquet")
    files = {"data/dpo.parquet": {"rows": 1}, "formats/dpo.trl.jsonl": {"rows": 1}}
    (tmp_path / "manifest.json").write_text(json.dumps({"name": "play", "version": "2", "files": files}))
    release = load_release(tmp_path)
    assert repr(release) == "Release(play-2: 1 dpo)" and release.to_polars()["id"].to_list() == ["a"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "is not a release: it has no manifest.json"),
        ("{cut", "is not JSON"),
        ("[]", "is not the manifest of a release"),
        ('{"name": "x"}', "name, version and files are expected"),
    ],
)
def test_other_folders_are_refused(tmp_path: Path, content: str | None, message: str) -> None:
    if content is not None:
        (tmp_path / "manifest.json").write_text(content)
    with pytest.raises(SparError, match=message):
        load_release(tmp_path)
