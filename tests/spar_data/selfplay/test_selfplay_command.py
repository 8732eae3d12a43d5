"""`spar-data selfplay` from the outside: folders, plans, the search after it, and kill -9."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from click.testing import CliRunner, Result
from server import Reply, ScriptedServer

from spar_data.cli.main import cli
from spar_data.core.errors import SparError
from spar_data.core.records import frame
from spar_data.models import Store, Tally
from spar_data.selfplay import records
from spar_data.selfplay.search.orders import SearchConfig

Serve = Callable[..., ScriptedServer]
SMALL = ("--samples", 2, "--max-tokens", 64)


def answer(prompt: str, nth: int) -> Reply:
    """Responses to prompts with an even number fail. A call's choices are the same, whichever of them were stored before."""
    if "Step-by-step verification" in prompt:
        fails = any(f"answer to p{i} " in prompt for i in range(0, 100, 2))
        text = f"looked at it\nFinal Judgement: {'No' if fails else 'Yes'}"
    else:
        text = f"answer to {prompt} "
    return Reply(text, message={"content": text}, delay=0.05)


@pytest.fixture
def prompts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    file = tmp_path / "prompts.jsonl"
    file.write_text("".join(json.dumps({"prompt": f"p{i}"}) + "\n" for i in range(10)))
    return file


def run(*arguments: object) -> Result:
    result = CliRunner().invoke(cli, ["selfplay", *map(str, arguments)])
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


def test_a_run_its_plan_and_its_folder(serve: Serve, prompts: Path) -> None:
    spec = f"openai:m@{serve(answer).url}"
    both = (prompts, "--actor", spec, "--refiner", spec, *SMALL, "--out", "run")
    plan = run(*both, "--dry-run").output.splitlines()
    assert [line.split()[0] for line in plan[:3]] == ["respond", "judge", "ties"] and not Path("run").exists()
    assert "10 calls for 20 samples" in plan[0] and "at most 20 calls for 100 samples" in plan[1]
    assert "at most 40 calls for 200 samples" in plan[2]
    assert "search: refine" in plan[3] and "at most 150 calls for 150 samples" in plan[3]
    assert "search: judge" in plan[4] and "at most 150 calls for 750 samples" in plan[4]
    assert "search: ties" in plan[5] and "at most 300 calls for 1,500 samples" in plan[5]
    assert plan[6] == "No call was made."
    output = run(*both, "--no-search").output
    assert "prompts by outcome: 5 chosen, 5 all Yes, 0 undecided, 0 no response" in output
    told = json.loads(Path("run/run.json").read_text())
    assert told["state"] == "negatives" and told["settings"]["search"] is None and told["funnel"]["negatives"] == 5
    assert told["source"]["path"] == str(prompts) and len(told["source"]["sha256"]) == 64
    assert len(pl.read_parquet("run/samples.parquet")) == 20 and len(pl.read_parquet("run/negatives.parquet")) == 5
    first = Path("run/samples.parquet").read_bytes()
    data = json.loads(run(*both, "--no-search", "--json").output)
    assert data["phases"]["judge"]["answers"]["new"] == 0 and Path("run/samples.parquet").read_bytes() == first
    known = json.loads(run(*both, "--dry-run", "--no-search", "--json").output)["phases"]
    assert [(p["phase"], p["calls"]) for p in known] == [("respond", 0), ("judge", 0), ("ties", 40)]
    with pytest.raises(SparError, match="seed is 0 there and 7 here"):
        run(*both, "--no-search", "--seed", 7)
    with pytest.raises(SparError, match=r"prompts is 10 there and 3 here"):
        run(*both, "--no-search", "--limit", 3)
    assert Path("run/samples.parquet").read_bytes() == first
    with pytest.raises(SparError, match=r"holds other files and no run\.json"):
        run(prompts, "--actor", spec, "--refiner", spec, "--out", ".", "--no-search")


def test_wrong_input_is_said_before_any_call(serve: Serve, prompts: Path) -> None:
    server = serve(answer)
    spec = f"openai:m@{server.url}"
    with pytest.raises(SparError, match="rules cannot respond"):
        run(prompts, "--actor", "rules", "--refiner", spec, "--out", "run")
    with pytest.raises(SparError, match="min_valid = 6, but there are 5 votes"):
        run(prompts, "--actor", spec, "--refiner", spec, "--min-valid", 6, "--out", "run")
    with pytest.raises(SparError, match="rules need the constraints"):
        run(prompts, "--actor", spec, "--refiner", spec, "--judge", "rules", "--out", "run")
    with pytest.raises(SparError, match="no such file"):
        run("nothing.jsonl", "--actor", spec, "--refiner", spec, "--out", "run")
    with pytest.raises(SparError):
        run(prompts, "--actor", "nonsense:x", "--refiner", spec, "--out", "run")
    assert not server.calls and not Path("run").exists()


def test_a_store_from_another_recipe_is_left_alone(serve: Serve, prompts: Path) -> None:
    server = serve(answer)
    spec = f"openai:m@{server.url}"
    run(
        prompts,
        "--actor",
        spec,
        "--refiner",
        spec,
        *SMALL,
        "--no-search",
        "--votes",
        3,
        "--temperature",
        0.5,
        "--out",
        "other",
    )
    before = server.calls.total()
    data = json.loads(
        run(prompts, "--actor", spec, "--refiner", spec, *SMALL, "--no-search", "--out", "run", "--json").output
    )
    assert data["funnel"]["negatives"] == 5 and data["phases"]["respond"]["answers"]["stored before"] == 0
    assert server.calls.total() > before
    rows = pl.read_parquet("run/samples.parquet")["votes"].struct.field("words")
    assert set(rows.list.len()) == {5}


@dataclass
class Grown:
    counts: dict[str, int]
    tally: Tally
    unfinished: int = 0
    stopped: str = ""


def test_the_search_gets_the_negatives(serve: Serve, prompts: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: dict[str, Any] = {}

    def grow(negatives: Any, refiner: Any, judge: Any, config: Any, out: Path, *rest: Any) -> Grown:
        seen.update(negatives=negatives, refiner=refiner, judge=judge, config=config)
        frame([], records.Node).write_parquet(out)
        return Grown({"trees": len(negatives)}, Tally("m"))

    monkeypatch.setattr("spar_data.selfplay.play.grow", grow)
    spec = f"openai:m@{serve(answer).url}"
    both = (prompts, "--actor", spec, "--refiner", spec, *SMALL, "--out", "run")
    run(*both, "--no-search")
    output = run(*both, "--search", "dfs", "--branch", 2, "--nodes", 9, "--seed", 0).output
    assert "search: 5 trees" in output and Path("run/trees.parquet").exists()
    assert [s.prompt for s in seen["negatives"]] == ["p0", "p2", "p4", "p6", "p8"]
    assert (seen["refiner"].temperature, seen["refiner"].max_tokens, seen["judge"].rule.votes) == (0.7, 3072, 5)
    assert seen["config"] == SearchConfig("dfs", 2, 2, nodes=9)
    told = json.loads(Path("run/run.json").read_text())
    assert told["state"] == "finished" and told["settings"]["search"]["order"] == "dfs"
    with pytest.raises(SparError, match=r'search\.order is "dfs" there and "bfs" here'):
        run(*both, "--search", "bfs")


def test_without_negatives_there_is_nothing_to_search(serve: Serve, prompts: Path) -> None:
    yes = serve(lambda p, n: Reply("Final Judgement: Yes"))
    spec = f"openai:m@{yes.url}"
    output = run(prompts, "--actor", spec, "--refiner", spec, *SMALL, "--out", "run").output
    assert "no response fails" in output and "10 all Yes" in output
    assert len(pl.read_parquet("run/trees.parquet")) == 0 and len(pl.read_parquet("run/negatives.parquet")) == 0


def test_kill_9_and_resume_give_the_same_files(serve: Serve, prompts: Path, tmp_path: Path) -> None:
    server = serve(answer)
    spec = f"openai:m@{server.url}"

    def arguments(name: str) -> list[str]:
        there = ["--out", f"{name}/run", "--store", f"{name}/store.sqlite", "--concurrency", "2", "--no-search"]
        return ["selfplay", str(prompts), "--actor", spec, "--refiner", spec, *map(str, SMALL), *there]

    code = [sys.executable, "-c", "from spar_data.cli.main import main; main()"]
    process = subprocess.Popen([*code, *arguments("killed")], env=os.environ, stdout=subprocess.DEVNULL)
    deadline = time.monotonic() + 30
    while server.calls.total() < 14 and time.monotonic() < deadline:  # 10 are responses
        time.sleep(0.01)
    process.kill()
    process.wait()
    assert 14 <= server.calls.total() < 20 and not Path("killed/run/negatives.parquet").exists()
    with Store(Path("killed/store.sqlite")) as store:
        kept = len(store)
    assert kept > 20
    CliRunner().invoke(cli, arguments("killed"), catch_exceptions=False)
    CliRunner().invoke(cli, arguments("unbroken"), catch_exceptions=False)
    phases = json.loads(Path("killed/run/run.json").read_text())["phases"]
    assert sum(phase["answers"]["stored before"] for phase in phases.values()) >= kept - 20
    for name in ("samples.parquet", "negatives.parquet"):
        assert Path(f"killed/run/{name}").read_bytes() == Path(f"unbroken/run/{name}").read_bytes()
