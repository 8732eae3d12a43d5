"""Gates: every reason to drop a reply."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest
from server import Reply, ScriptedServer
from sft_runs import (
    DEUTSCH,
    FINAL,
    LOWER,
    STORY,
    kind,
    release,
    run,
    same,
    sft_facts,
    write_prompts,
)

from spar_data.models import Failure
from spar_data.sft import gates
from spar_data.sft.config import SftConfig

Serve = Callable[..., ScriptedServer]


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_replies_that_are_none_are_counted_by_reason(serve: Serve) -> None:
    replies = {0: "", 1: "I'm sorry, but I can't help with that.", 2: DEUTSCH, 3: STORY}

    def answer(prompt: str, nth: int) -> Reply | int:
        number = int(prompt.split()[-1])
        return same(STORY, "length") if number == 4 else 400 if number == 5 else same(replies[number])

    prompts = write_prompts(6, "Write a story about the river, please, story number {}")
    run(
        prompts,
        "--teacher",
        f"openai:t@{serve(answer).url}",
        "--out",
        "out",
        "--judge-prompts",
        0,
        "--refine-prompts",
        0,
    )
    assert sft_facts()["stages"]["actor"] == {
        "entered": 6, "kept": 1, "truncated": 1, "empty": 1, "failed": 1, "refusal": 1, "wrong language": 1,
    }  # fmt: skip
    ledger = pl.read_parquet("out/ledger.parquet")
    assert Counter(ledger["status"]) == {"dropped": 5, "kept": 1}
    assert ledger.filter(reason="wrong language")["detail"][0] == "the language is 'de', the prompt is in 'en'"


def test_the_checkers_contradict_a_teacher(serve: Serve) -> None:
    rows = [(f"Write about the river in small letters, number {i}", [LOWER]) for i in range(12)]
    prompts = release(*rows)

    def answer(prompt: str, nth: int) -> Reply:
        if kind(prompt) == "judge":
            return same(f"{FINAL}: {'Yes' if STORY.upper() in prompt else 'No'}")  # wrong each time
        return same(STORY.upper() if int(prompt.split()[-1]) % 2 else STORY)

    server = serve(answer)
    spec = f"openai:t@{server.url}"
    both = (
        prompts,
        "--teacher",
        spec,
        "--actor",
        spec,
        "--actor-prompts",
        6,
        "--judge-prompts",
        3,
        "--refine-prompts",
        3,
    )
    run(*both, "--out", "out")
    stages = sft_facts()["stages"]
    assert stages["judge"] == {"entered": 3, "kept": 0, "contradicts the checkers": 3}
    assert stages["refine: judgement"] == {"entered": 3, "kept": 0, "contradicts the checkers": 3}
    assert stages["actor"]["kept"] + stages["actor"]["fails the checkers"] == 6 and stages["actor"]["kept"] in range(
        1, 6
    )
    assert set(pl.read_parquet("out/rest.parquet").columns) >= {"id", "prompt", "constraints"}
    run(*both, "--out", "kept", "--keep-failing")
    assert json.loads(Path("kept/sft.json").read_text())["stages"]["actor"] == {"entered": 6, "kept": 6}


def test_gates_of_similarity() -> None:
    config = SftConfig()
    assert gates.check_change(" a text", "a text ", config)[0] == gates.GateDrop("unchanged")
    assert gates.check_change("a text", "a texts", config)[0] is None
    drop, alike = gates.check_change("aaaa", "bbbb", config)
    assert drop and drop.reason == "changed too much" and alike == 0
    assert gates.check_change("aaaa", "bbbb", SftConfig(least_similarity=0))[0] is None
    assert gates.check_answer(Failure("status 500", "x")) == gates.GateDrop("failed", "status 500: x")
    assert all(drop is None or drop.reason in gates.REASONS for drop in (gates.check_answer(Failure("no repair")),))
