"""Many trees that are stopped: kill -9 at random instants, budgets, and the runs that continue."""

from __future__ import annotations

import random
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import tree_world as world
from server import ScriptedServer
from tree_world import grow_by_loop, node_rows, run

from spar_data.models import Limits, Store

Serve = Callable[..., ScriptedServer]
_GROW = """
import sys
from pathlib import Path
sys.path[:0] = sys.argv[4:]
import openai, tree_world
import spar_data.models.backends.openai
from spar_data.models import Limits, Store
from spar_data.selfplay.refine.refiners import ModelRefiner
from spar_data.selfplay.search.many_trees import grow
from spar_data.selfplay.search.orders import SearchConfig
from spar_data.selfplay.judge.judges import ModelJudge
url, folder, number = sys.argv[1], Path(sys.argv[2]), int(sys.argv[3])
spec = f"openai:m@{url}"
print("ready", flush=True)
with Store(folder / "store.sqlite") as store:
    grow(tree_world.negatives(number), ModelRefiner(spec, 0.7), ModelJudge(spec), SearchConfig(), folder / "trees.parquet", store,
         Limits(concurrency=24))
"""


@pytest.mark.slow
def test_kills_at_random_instants(serve: Serve, tmp_path: Path) -> None:
    """After every kill -9 the run goes on; no stored call is repeated; the file is that of an unbroken run."""
    jitter = random.Random(7)
    server = serve(world.answers(delay=lambda: jitter.uniform(0.01, 0.06)), whole=True)
    helpers = Path(__file__).parents[3] / "helpers"
    roots = 40

    def start(folder: Path) -> subprocess.Popen[str]:
        folder.mkdir(exist_ok=True)
        paths = [str(helpers)]
        command = [sys.executable, "-c", _GROW, server.url, str(folder), str(roots), *paths]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert process.stdout and process.stdout.readline() == "ready\n"
        return process

    assert start(tmp_path / "whole").wait() == 0
    unbroken = (tmp_path / "whole" / "trees.parquet").read_bytes()
    expected = server.calls.copy()
    server.calls.clear()
    folder, kills, stored = tmp_path / "killed", 0, [0]
    while True:
        process = start(folder)
        until = server.calls.total() + jitter.randint(expected.total() // 20, expected.total() // 5)
        while process.poll() is None and (kills == 30 or server.calls.total() < until):
            time.sleep(0.002)
        if process.poll() is not None:
            break
        process.kill()
        process.wait()
        kills += 1
        written = folder / "trees.parquet"
        assert not written.exists() or written.read_bytes() == unbroken, "whole or not there"
        with Store(folder / "store.sqlite") as store:
            assert store.check() == "ok"
            stored.append(len(store))
    assert process.returncode == 0 and kills >= 3 and stored == sorted(stored)
    assert (folder / "trees.parquet").read_bytes() == unbroken
    again = server.calls - expected
    assert server.calls.keys() == expected.keys() and 0 < again.total() <= kills * 32, (
        "what was in flight or being written"
    )


def test_a_budget_leaves_finished_trees_and_the_next_run_goes_on(serve: Serve, tmp_path: Path) -> None:
    server = serve(world.answers(), whole=True)
    roots, out = world.negatives(20), tmp_path / "trees.parquet"
    with Store(tmp_path / "a.sqlite") as store:
        whole, _ = run(server, store, out, roots)
        used = whole.tally.prompt_tokens + whole.tally.completion_tokens
        bytes_ = out.read_bytes()
    calls = server.calls.copy()
    server.calls.clear()
    sizes = []
    with Store(tmp_path / "b.sqlite") as store:
        for _ in range(40):
            # a call reserves its max_tokens: 3 x 3072
            grown, found = run(
                server, store, out, roots, limits=Limits(max_tokens_total=10_300 + used // 4, concurrency=1), window=1
            )
            sizes.append(len(found))
            spent = grown.tally.prompt_tokens + grown.tally.completion_tokens
            assert spent <= 10_300 + used // 4
            assert grown.unfinished == 20 - len(found) == 20 - grown.counts["trees"]
            assert bool(grown.stopped) == bool(grown.unfinished)
            if not grown.unfinished:
                break
    assert out.read_bytes() == bytes_ and server.calls == calls, "no call was made twice"
    assert sizes == sorted(sizes) and 0 < sizes[0] < 20 and sizes[-1] == 20


def test_two_models_share_one_budget(serve: Serve, store: Store, tmp_path: Path) -> None:
    refiner, judge = serve(world.answers(), whole=True), serve(world.answers(), whole=True)
    spec = f"openai:judge@{judge.url}"
    grown, found = run(refiner, store, tmp_path / "t.parquet", world.negatives(10), judge=spec)
    assert len(grown.tallies) == 2 and refiner.calls.total() and judge.calls.total()
    assert all("[[start]]" in messages for messages in refiner.calls)
    assert not any("[[start]]" in messages for messages in judge.calls)
    assert [node_rows(found[r.id]) for r in world.negatives(10)] == [grow_by_loop(r) for r in world.negatives(10)]
    with Store(tmp_path / "other.sqlite") as other:
        limits = Limits(max_tokens_total=60_000)
        grown, _ = run(refiner, other, tmp_path / "u.parquet", world.negatives(40), limits=limits, judge=spec)
    tallies = grown.tallies.values()
    assert sum(t.prompt_tokens + t.completion_tokens for t in tallies) <= 60_000
