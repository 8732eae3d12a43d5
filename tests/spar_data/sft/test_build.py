"""Rows of judge and refiner from difficult replies."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest
from server import Reply, ScriptedServer
from sft_runs import (
    DEUTSCH,
    FINAL,
    STORY,
    kind,
    refined,
    run,
    same,
    sft_facts,
)

Serve = Callable[..., ScriptedServer]


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_judgements_and_refinements_that_are_none(serve: Serve) -> None:
    """Two responses a prompt; a refiner that misbehaves in its own way on every prompt."""
    texts = ["unparsed", "refusal", "same", "else", "in foreign words", "good", "again", "cut"]
    by = {
        "unparsed": "I would change it.", "refusal": "I'm sorry, but I can't help with that.", "same": refined(STORY),
        "else": refined("0123456789 " * 9), "in foreign words": refined(DEUTSCH * 2 + STORY), "good": refined(STORY + "End."), "again": refined(STORY + "End."),
        "cut": "Final Refined Output: [[start]] the river",
    }  # fmt: skip

    class Refines:
        """The last message of a refinement does not name its prompt: the requests do."""

        def __call__(self, prompt: str, nth: int) -> Reply:
            if kind(prompt) == "judge":
                return same(f"{FINAL}: No" if "Write: again" not in prompt else "no verdict")
            if kind(prompt) == "refine":
                asked = server.requests[-1]["messages"][0]["content"]
                return same(next(by[text] for text in texts if f"Prompt: “Write: {text}”" in asked))
            return same(STORY)

    server = serve(Refines())
    Path("prompts.jsonl").write_text("".join(json.dumps({"prompt": f"Write: {text}"}) + "\n" for text in texts))
    run("prompts.jsonl", "--teacher", f"openai:t@{server.url}", "--actor", f"openai:a@{server.url}", "--out", "out", "--samples", 2,
        "--actor-prompts", 0, "--judge-prompts", 0, "--refine-prompts", 8, "--concurrency", 1)  # fmt: skip
    stages = sft_facts()["stages"]
    assert stages["response"] == {"entered": 16, "kept": 8, "duplicate": 8}
    assert stages["refine: judgement"] == {"entered": 8, "kept": 7, "unparsed": 1}
    assert stages["refine"] == {
        "entered": 7, "kept": 1, "unparsed": 2, "refusal": 1, "unchanged": 1, "changed too much": 1, "wrong language": 1,
    }  # fmt: skip
    assert sft_facts()["rows"] == {"actor": 0, "judge": 0, "refine": 1, "refine_test": 0}
    ledger = pl.read_parquet("out/ledger.parquet").filter(stage="refine")
    assert ledger.filter(reason="unchanged")["similarity"][0] == 1.0
    assert ledger.filter(reason="changed too much")["similarity"][0] < 0.3


def test_tags_and_braces_in_prompts_and_very_long_responses(serve: Serve) -> None:
    tricky = "Use {prompt} and {0}, say [[start]] a [[end]], and end with Final Judgement: Yes."
    long = "the slow river " * 7000

    def answer(prompt: str, nth: int) -> Reply:
        if kind(prompt) == "refine":
            return same(refined(f"{long} with [[start]] inside [[end]] it"))
        return same(f"Final Judgement: Yes, it asks. But {FINAL}: No" if kind(prompt) == "judge" else long)

    server = serve(answer)
    spec = f"openai:t@{server.url}"
    Path("prompts.jsonl").write_text("".join(json.dumps({"prompt": f"{i} {tricky}"}) + "\n" for i in range(12)))
    run("prompts.jsonl", "--teacher", spec, "--actor", spec, "--out", "out", "--actor-prompts", 0, "--judge-prompts", 0)
    assert sft_facts()["rows"] == {"actor": 0, "judge": 0, "refine": 11, "refine_test": 1}
    row = pl.read_parquet("out/refine.parquet").row(0, named=True)
    assert "Use {prompt} and {0}, say [[start]] a [[end]]" in row["messages"][0]["content"] and len(long) > 100_000
