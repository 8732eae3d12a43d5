"""`spar-data sft` from the outside: what it prints."""

from __future__ import annotations

from pathlib import Path

import pytest
from server import Serve
from sft_runs import FINAL, STORY, refined, run, same, teacher, write_prompts

from spar_data.core.errors import SparError


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_the_summary_on_the_terminal(serve: Serve) -> None:
    server = serve(teacher(lambda p: f"{FINAL}: No", lambda p: refined(f"{STORY} better")))
    actor = serve(lambda prompt, nth: same(f"{STORY} {prompt}"))
    sizes = ("--actor-prompts", 2, "--judge-prompts", 2, "--refine-prompts", 2)
    specs = ("--teacher", f"openai:t@{server.url}", "--actor", f"openai:a@{actor.url}")
    lines = run(write_prompts(7), *specs, *sizes, "--out", "out").output.splitlines()
    assert (
        "prompts: 2 actor, 2 judge, 2 refine, 1 rest" in lines
        and "rows: 2 actor, 2 judge, 2 refine, 0 refine_test" in lines
    )
    assert "refine: judgement        2 of 2 kept" in lines and lines[-1] == "out"
    assert any(line.startswith("similarity of refinements: mean 0.") for line in lines)


def test_combinations_that_cannot_work() -> None:
    prompts = write_prompts(3)
    with pytest.raises(SparError, match="rules cannot respond to prompts"):
        run(prompts, "--teacher", "rules", "--actor", "rules", "--out", "out", "--dry-run")
    with pytest.raises(SparError, match="all sets are empty"):
        run(
            prompts,
            "--teacher",
            "smollm2",
            "--out",
            "out",
            *[w for s in ("actor", "judge", "refine") for w in (f"--{s}-prompts", 0)],
        )
    assert not Path("out").exists()
