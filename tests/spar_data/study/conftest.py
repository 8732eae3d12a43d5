"""A study that several modules read."""

from __future__ import annotations

from pathlib import Path

import pytest

from spar_data.study.config import StudyConfig
from spar_data.study.interference import build_study


@pytest.fixture(scope="session")
def study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("study")
    build_study(StudyConfig(size=300, eval_size=80), folder)
    return folder
