"""Rules as the teacher."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from server import ScriptedServer
from sft_runs import (
    LOWER,
    STORY,
    release,
    run,
    same,
    sft_facts,
    write_prompts,
)

from spar_data.core.errors import SparError
from spar_data.selfplay.refine.prompt import parse_refinement

Serve = Callable[..., ScriptedServer]


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_rules_teach_where_programs_can_check(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    def refine(prompt: str, response: str, constraints: Any) -> str | None:
        return None if "no repair" in prompt else response.lower()

    monkeypatch.setattr("spar_data.selfplay.refine.by_rules.refine_by_rules", refine)
    server = serve(lambda prompt, nth: same(STORY.capitalize() + "[[end]]" if "tags" in prompt else STORY.capitalize()))
    prompts = release(
        *((f"lower {i}", [LOWER]) for i in range(8)), ("no repair", [LOWER]), ("free", []), ("in tags", [LOWER])
    )
    spec = f"openai:a@{server.url}"
    run(prompts, "--teacher", "rules", "--actor", spec, "--out", "a", "--judge-prompts", 0, "--refine-prompts", 0)
    assert json.loads(Path("a/sft.json").read_text())["stages"]["actor"] == {
        "entered": 11,
        "kept": 9,
        "no judgement": 1,
        "no repair": 1,
    }
    run(prompts, "--teacher", "rules", "--actor", spec, "--out", "out", "--actor-prompts", 0, "--judge-prompts", 0)
    stages = sft_facts()["stages"]
    assert stages["refine: judgement"] == {"entered": 11, "kept": 10, "no judgement": 1}
    assert stages["refine"]["kept"] + stages["refine"]["no repair"] == 10 and stages["refine"]["no repair"] in (1, 2)
    row = pl.read_parquet("out/refine.parquet").row(0, named=True)
    reply = row["messages"][-1]["content"]
    assert parse_refinement(reply) == STORY.strip() and '- "all lowercase" is not satisfied: ' in reply
    with pytest.raises(SparError, match="rules needs --actor"):
        run(prompts, "--teacher", "rules", "--out", "b")
    with pytest.raises(SparError, match="rules need the constraints"):
        run(write_prompts(3), "--teacher", "rules", "--actor", spec, "--out", "b")
