"""The split of prompts into sets."""

from __future__ import annotations

from pathlib import Path

import pytest

from spar_data.core.errors import SparError
from spar_data.core.ids import row_id
from spar_data.core.records import Prompt
from spar_data.sft.config import SftConfig
from spar_data.sft.split import held_out, split


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_the_split_depends_on_ids_and_seed_alone() -> None:
    ids = [row_id(str(i)) for i in range(1000)]
    prompts = [Prompt(name, name) for name in ids]
    config = SftConfig(400, 100, 100, 20)
    first = split(prompts, config)
    assert {name: len(part) for name, part in first.items()} == {"actor": 400, "judge": 100, "refine": 100, "rest": 400}
    assert sorted(prompt.id for part in first.values() for prompt in part) == sorted(ids)
    assert all(part == [prompt for prompt in prompts if prompt in part] for part in first.values())
    turned = split(prompts[::-1], config)
    assert set(first["judge"]) == set(turned["judge"])
    assert split(prompts, SftConfig(400, 100, 100, 20, seed=1)) != first
    small = split(prompts[:7], SftConfig(8000, 2500, 2500))
    assert {name: len(part) for name, part in small.items()} == {"actor": 4, "judge": 2, "refine": 1, "rest": 0} or sum(
        map(len, small.values())
    ) == 7
    assert (
        len(held_out(ids, config)) == 20
        and len(held_out(ids[:55] * 2, config)) == 5
        and held_out(ids[:9], config) == set()
    )
    with pytest.raises(SparError, match="all sets are empty"):
        SftConfig(0, 0, 0)
