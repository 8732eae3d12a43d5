"""The card of a self-play release."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from pairs_commands import make_release, world_run


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return world_run(tmp_path)


def test_the_card_says_what_was_measured(run: Path, tmp_path: Path) -> None:
    folder = make_release(run, tmp_path / "releases")
    hub = pytest.importorskip("huggingface_hub")
    card = hub.DatasetCard.load(folder / "README.md")
    assert [c["config_name"] for c in card.data.configs][:2] == ["dpo", "dpo_direct"]
    assert card.data.configs[0]["default"] is True and card.data.license == "apache-2.0"
    manifest = json.loads((folder / "manifest.json").read_text())
    for text in (
        "| similarity of sides (characters) | 0.688 | ",
        "In common (spar, direct): 1 prompts, 1 rejected and 0 chosen sides.",
        "| spar: trees | 2 | 1 | 1 | 0 |",
        "2 trees were searched; 1 of them (50.0%) led to a refined response",
        f"| accuracy | {manifest['calibration']['accuracy']:.3f} |",
        "Made by rules, not by a model: constraints of the prompts: composed by code.",
        "wrote 300 tokens",
        manifest["files"]["data/dpo.parquet"]["sha256"],
        "tiny-1.0.0",
    ):
        assert text in card.text, text
