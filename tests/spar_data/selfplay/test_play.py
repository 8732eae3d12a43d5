"""Self-play as a whole: what the search gets, runs without negatives, several runs on one store."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from selfplay_commands import SMALL, answer, run, write_prompts
from server import Reply, ScriptedServer

from spar_data.core.errors import SparError
from spar_data.core.records import Constraint, Prompt
from spar_data.core.tables import frame
from spar_data.models import FunctionModel, Tally
from spar_data.selfplay import records
from spar_data.selfplay.play import self_play
from spar_data.selfplay.run_folder import open_folder
from spar_data.selfplay.search.orders import SearchConfig

Serve = Callable[..., ScriptedServer]


@pytest.fixture
def prompts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return write_prompts(tmp_path)


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
    assert output.index("respond: m") < output.index("prompts by outcome") < output.index("search: m")
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


def test_prompts_from_memory_keep_their_constraints(tmp_path: Path) -> None:
    lower = Constraint("a.b.c", "Use small letters.", "character.lowercase", "whole", {})
    prompts = [Prompt("one", "Say one. Use small letters.", (lower,)), Prompt("two", "Say two.")]
    actor = FunctionModel(lambda request: "LARGE", name="actor")
    played = self_play(prompts, actor, "rules", out=tmp_path / "run", samples=1)
    assert repr(played).endswith("2 prompts, 1 negatives, 1 trees, 1 succeeded)")
    assert open_folder(tmp_path / "run").constraints() == {"one": (lower,)}
    again = self_play(prompts, actor, "rules", out=tmp_path / "run", samples=1)
    assert again.to_polars("trees").equals(played.to_polars("trees"))
    plain = self_play(["Say two."], actor, actor, out=tmp_path / "plain", samples=1, no_search=True)
    assert plain.state == "negatives" and not (tmp_path / "plain" / "prompts.parquet").exists()
    with pytest.raises(SparError, match=r"no option 'sample'\. Did you mean 'samples'"):
        self_play(prompts, actor, "rules", out=tmp_path / "run", sample=1)
