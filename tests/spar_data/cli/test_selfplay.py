"""`spar-data selfplay`: its plan, its folder, wrong input, and kill -9."""

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
from selfplay_commands import SMALL, answer, run, write_prompts
from server import ScriptedServer

from spar_data.cli.main import cli
from spar_data.core.errors import SparError
from spar_data.models import Store

Serve = Callable[..., ScriptedServer]


@pytest.fixture
def prompts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return write_prompts(tmp_path)


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
