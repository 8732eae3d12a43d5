"""Statistics of many trees."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import tree_world as world
from server import ScriptedServer
from tree_world import run

from spar_data.models import Store
from spar_data.selfplay.search.read_trees import best, path_to
from spar_data.selfplay.search.tree_statistics import measure_trees

Serve = Callable[..., ScriptedServer]


def test_json_of_statistics(serve: Serve, store: Store, tmp_path: Path) -> None:
    server = serve(world.answers(), whole=True)
    _, found = run(server, store, tmp_path / "t.parquet", world.negatives(30))
    told_ = measure_trees(found.values()).to_dict()
    json.dumps(told_)
    results = [best(nodes) for nodes in found.values()]
    assert told_["success"] == sum(r is not None for r in results) > 5
    assert told_["success_by_depth"] == {
        str(d): n for d in (1, 2, 3) if (n := sum(r is not None and r.depth == d for r in results))
    }
    assert told_["refinements_per_tree"] == round(sum(len(n) - 1 for n in found.values()) / 30, 2)
    assert told_["refine_tokens"] == 3 * told_["refinements"]
    assert told_["judge_tokens"] == 3 * told_["judgements"]
    assert sum(told_["children"].values()) == told_["refinements"]
    for nodes in found.values():
        refined = best(nodes)
        if refined:
            line = path_to(nodes, refined)
            assert line[0].node == 0 and line[-1] is refined and [n.depth for n in line] == list(range(len(line)))
