"""Trees over a server with 1 s +- 0.5 s latency, against a pool of 32 threads, each with a tree of its own: `make bench`.

The pool is how the authors' script works: in a tree one call after another, for each child of a level a call that refines and
then a call for its five votes.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import tree_world as world

from spar_data.models import Limits, Request, Store
from spar_data.selfplay.judge.judges import ModelJudge
from spar_data.selfplay.judge.prompt import judge_request, parse_verdict
from spar_data.selfplay.records import Sample
from spar_data.selfplay.refine.prompt import parse_refinement, refine_request
from spar_data.selfplay.refine.refiners import ModelRefiner
from spar_data.selfplay.search.many_trees import grow
from spar_data.selfplay.search.orders import SearchConfig
from spar_data.selfplay.search.read_trees import read_trees

_HELPERS = Path(__file__).parents[1] / "helpers"
NEGATIVES, IN_FLIGHT, THREADS = 500, 256, 32
Told = list[tuple[int, str, float | None]]


@contextmanager
def _server() -> Iterator[str]:
    command = [sys.executable, str(_HELPERS / "tree_server.py"), "1.0", "0.5"]
    paths = {"PYTHONPATH": os.pathsep.join(sys.path)}
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env={**os.environ, **paths})
    assert process.stdout
    try:
        yield process.stdout.readline().strip()
    finally:
        process.kill()
        process.wait()


def _calls(url: str) -> int:
    with urllib.request.urlopen(f"{url}/calls") as reply:
        return int(json.load(reply)["calls"])


def _ours(url: str, roots: list[Sample], folder: Path) -> dict[str, Told]:
    spec, out = f"openai:m@{url}", folder / "trees.parquet"
    with Store(folder / "s.sqlite") as store:
        grow(
            roots, ModelRefiner(spec, 0.7), ModelJudge(spec), SearchConfig(), out, store, Limits(concurrency=IN_FLIGHT)
        )
    return {nodes[0].tree: [(n.parent, n.text, n.votes.value) for n in nodes] for nodes in read_trees(out)}


def _pool(url: str, roots: list[Sample]) -> dict[str, Told]:
    from openai import OpenAI

    client = OpenAI(api_key="none", base_url=url, max_retries=0)

    def call(request: Request) -> list[str]:
        reply = client.chat.completions.create(
            model="m",
            messages=[{"role": m.role, "content": m.content} for m in request.messages],  # type: ignore[misc]
            temperature=request.temperature,
            max_tokens=request.max_tokens,
            n=request.n,
        )
        return [str(choice.message.content) for choice in reply.choices]

    def judge(prompt: str, text: str) -> tuple[float, str]:
        replies = call(judge_request(prompt, text))
        said = [parse_verdict(reply) for reply in replies]
        yes = said.count(True)
        return yes / len(said), replies[said.index(yes > len(said) / 2)]

    def one(root: Sample) -> Told:
        rows: list[tuple[int, str, float | None]] = [(-1, root.response, root.votes.value)]
        critique = {0: root.votes.judgement}
        level = [0]
        for _ in range(3):
            made = []
            for parent in level:
                for _ in range(3):
                    [reply] = call(refine_request(root.prompt, rows[parent][1], critique[parent]))
                    text = parse_refinement(reply)
                    assert isinstance(text, str)
                    value, critique[len(rows)] = judge(root.prompt, text)
                    made.append(len(rows))
                    rows.append((parent, text, value))
            ranked = sorted(made, key=lambda i: -(rows[i][2] or 0.0))
            if (rows[ranked[0]][2] or 0.0) > 0.5:
                break
            level = ranked[:2]
        return rows

    with ThreadPoolExecutor(THREADS) as pool:
        return {root.id: rows for root, rows in zip(roots, pool.map(one, roots), strict=True)}


def test_500_negatives(benchmark: Any, tmp_path: Path) -> None:
    """Bar: a fifth of the pool's time, equal trees."""
    roots = world.negatives(NEGATIVES)
    import spar_data.models.backends.openai  # noqa: F401

    with _server() as url:
        began, cpu = time.perf_counter(), time.process_time()
        found = benchmark.pedantic(_ours, args=(url, roots, tmp_path), rounds=1)
        ours, own_cpu, calls = time.perf_counter() - began, time.process_time() - cpu, _calls(url)
    with _server() as url:
        began = time.perf_counter()
        expected = _pool(url, roots)
        pool, pool_calls = time.perf_counter() - began, _calls(url)
    assert found == expected
    refinements = sum(len(each) - 1 for each in found.values())
    info = {
        "seconds": round(ours, 1),
        "seconds of the pool": round(pool, 1),
        "times as fast": round(pool / ours, 1),
        "refinements": refinements,
        "calls": calls,
        "calls of the pool": pool_calls,
        "CPU seconds": round(own_cpu, 1),
        "share of the ideal": round(calls / IN_FLIGHT / ours, 2),
        "trees with a result": sum(any((v or 0.0) > 0.5 for _, _, v in each[1:]) for each in found.values()),
    }
    benchmark.extra_info.update(info)
    print(f"\n{NEGATIVES} negatives: {info}")
    assert pool / ours >= 5
