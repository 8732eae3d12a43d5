"""Whole runs of `spar-data sft` against a scripted server."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest
from click.testing import CliRunner
from server import Reply, ScriptedServer
from sft_runs import (
    FINAL,
    STORY,
    kind,
    refined,
    run,
    same,
    sft_facts,
    teacher,
    write_prompts,
)

from spar_data.cli.main import cli
from spar_data.core.errors import SparError
from spar_data.core.ids import row_id
from spar_data.selfplay.judge.prompt import judge_request, parse_verdict
from spar_data.selfplay.refine.prompt import parse_refinement, refine_request

Serve = Callable[..., ScriptedServer]


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_all_sets_with_exact_counts_and_the_templates_of_inference(serve: Serve) -> None:
    server = serve(teacher(lambda p: f"seen\n{FINAL}: No", lambda p: refined(f"{STORY} better")))
    actor = serve(lambda prompt, nth: same(f"{STORY} by the actor to {prompt}"))
    prompts = write_prompts(60)
    both = (prompts, "--teacher", f"openai:t@{server.url}", "--actor", f"openai:a@{actor.url}", "--out", "out",
            "--actor-prompts", 10, "--judge-prompts", 10, "--refine-prompts", 20)  # fmt: skip
    plan = run(*both, "--dry-run").output
    assert "10 calls for 10 samples" in plan and "30 calls for 30 samples" in plan and not Path("out").exists()
    assert "at most 20 calls for 20 samples" in plan
    output = run(*both).output
    assert "rows: 10 actor, 10 judge, 18 refine, 2 refine_test" in output
    summary = sft_facts()
    assert summary["prompts"] == {"actor": 10, "judge": 10, "refine": 20, "rest": 20}
    assert summary["stages"]["response"] == {"entered": 30, "kept": 30}
    assert summary["stages"]["refine: judgement"] == {"entered": 20, "kept": 20}
    assert summary["labels"] == {"Yes": 0, "No": 10} and 0.3 < summary["similarity"]["mean"] < 1
    sets = {
        name: pl.read_parquet(f"out/{name}.parquet") for name in ("actor", "judge", "refine", "refine_test", "rest")
    }
    ids = [set(sets[name]["prompt_id"]) for name in ("actor", "judge", "refine", "refine_test")] + [
        set(sets["rest"]["id"])
    ]
    assert sum(map(len, ids)) == len(set.union(*ids)) == 60, "no prompt is in two sets"
    for name, rows in sets.items():
        assert name == "rest" or (set(rows["kind"]) == {name.partition("_")[0]} and set(rows["recipe"]) == {"sft"})
    texts = {row_id(f"p{i}"): f"p{i}" for i in range(60)}
    judged = sets["judge"].row(0, named=True)
    prompt, answer = texts[judged["prompt_id"]], f"{STORY} by the actor to {texts[judged['prompt_id']]}"
    assert judged["messages"][0] == {"role": "user", "content": judge_request(prompt, answer).messages[0].content}
    assert parse_verdict(judged["messages"][1]["content"]) is False and judged["label"] == "No"
    row = sets["refine"].row(0, named=True)
    prompt, answer = texts[row["prompt_id"]], f"{STORY} by the actor to {texts[row['prompt_id']]}"
    asked = refine_request(prompt, answer, f"seen\n{FINAL}: No").messages
    assert row["messages"][:-1] == [{"role": m.role, "content": m.content} for m in asked]
    assert parse_refinement(row["messages"][-1]["content"]) == f"{STORY} better"
    assert row["source"] == [row_id(row["prompt_id"], "0")]
    calls = server.calls.total() + actor.calls.total()
    first = Path("out/refine.parquet").read_bytes()
    assert json.loads(run(*both, "--json").output)["rows"] == summary["rows"]
    assert server.calls.total() + actor.calls.total() == calls and Path("out/refine.parquet").read_bytes() == first
    with pytest.raises(SparError, match="other settings"):
        run(*both, "--seed", 3)


def test_the_actor_set_first_then_the_same_split_with_the_actor(serve: Serve) -> None:
    server = serve(teacher(lambda p: f"{FINAL}: Yes"))
    prompts = write_prompts(20)
    output = run(prompts, "--teacher", f"openai:t@{server.url}", "--out", "out").output
    assert "No --actor" in output and sft_facts()["state"] == "actor"
    assert sft_facts()["prompts"] == {"actor": 12, "judge": 4, "refine": 4, "rest": 0}, (
        "in the proportion of the defaults"
    )
    first = Path("out/actor.parquet").read_bytes()
    run(prompts, "--teacher", f"openai:t@{server.url}", "--actor", f"openai:a@{server.url}", "--out", "out")
    assert sft_facts()["state"] == "finished" and Path("out/actor.parquet").read_bytes() == first
    assert sft_facts()["stages"]["refine: judgement"] == {"entered": 4, "kept": 0, "passes": 4}
    assert sft_facts()["rows"] == {"actor": 12, "judge": 4, "refine": 0, "refine_test": 0}
    run(prompts, "--teacher", f"openai:t@{server.url}", "--out", "out")
    assert sft_facts()["settings"]["actor"]["name"] == "a"


def test_kill_9_and_resume_give_the_same_rows(serve: Serve) -> None:
    def answer(prompt: str, nth: int) -> Reply:
        text = {"judge": f"{FINAL}: No", "refine": refined(STORY + "End."), "respond": STORY}[kind(prompt)]
        return Reply(text, message={"content": text}, delay=0.03)

    server = serve(answer)
    spec, prompts = f"openai:t@{server.url}", write_prompts(30)

    def arguments(name: str) -> list[str]:
        there = ["--out", f"{name}/out", "--store", f"{name}/store.sqlite", "--concurrency", "2"]
        sizes = ["--actor-prompts", "10", "--judge-prompts", "10", "--refine-prompts", "10"]
        return ["sft", str(prompts), "--teacher", spec, "--actor", spec, *sizes, *there]

    code = [sys.executable, "-c", "from spar_data.cli.main import main; main()"]
    process = subprocess.Popen([*code, *arguments("killed")], env=os.environ, stdout=subprocess.DEVNULL)
    deadline = time.monotonic() + 30
    while server.calls.total() < 36 and time.monotonic() < deadline:
        time.sleep(0.01)
    process.kill()
    process.wait()
    assert 36 <= server.calls.total() < 60 and not Path("killed/out/actor.parquet").exists()
    before = server.calls.total()
    CliRunner().invoke(cli, arguments("killed"), catch_exceptions=False)
    assert server.calls.total() - before <= 60 - 36 + 2 and max(server.calls.values()) <= 12
    CliRunner().invoke(cli, arguments("unbroken"), catch_exceptions=False)
    for name in ("actor", "judge", "refine", "refine_test", "ledger", "rest"):
        assert Path(f"killed/out/{name}.parquet").read_bytes() == Path(f"unbroken/out/{name}.parquet").read_bytes()
