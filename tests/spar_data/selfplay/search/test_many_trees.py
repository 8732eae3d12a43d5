"""Many trees over a real server: equal for any concurrency, in flight together, rules alone."""

from __future__ import annotations

import dataclasses
import random
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import tree_world as world
from server import Reply, ScriptedServer
from tree_world import grow_by_loop, node_rows, run

from spar_data.core.errors import SparError
from spar_data.core.files import write_parquet
from spar_data.core.records import Constraint
from spar_data.core.tables import frame
from spar_data.models import Limits, Store
from spar_data.selfplay.judge.judges import CheckerJudge
from spar_data.selfplay.records import Sample
from spar_data.selfplay.refine.prompt import parse_refinement
from spar_data.selfplay.refine.refiners import RuleRefiner
from spar_data.selfplay.search.many_trees import grow
from spar_data.selfplay.search.orders import ORDERS, SearchConfig
from spar_data.selfplay.search.read_trees import best, outcome, read_trees
from spar_data.selfplay.search.tree_statistics import measure_trees

Serve = Callable[..., ScriptedServer]


def test_trees_are_those_of_a_plain_loop(
    serve: Serve, store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = serve(world.answers(), whole=True)
    roots = world.negatives(60)
    grown, found = run(server, store, tmp_path / "trees.parquet", roots)
    assert list(found) == sorted(r.id for r in roots), "sorted by tree"
    for root in roots:
        assert node_rows(found[root.id]) == grow_by_loop(root)
        assert [n.node for n in found[root.id]] == list(range(len(found[root.id])))
    kinds = {outcome(n) for nodes in found.values() for n in nodes[1:]}
    assert kinds == {
        "unparsed",
        "unchanged",
        "copy",
        "verdict Yes",
        "verdict No",
        "verdict tie",
        "verdict unparsed",
    } - (set() if grown.counts.get("verdict unparsed") else {"verdict unparsed"})
    assert not grown.unfinished and not grown.stopped and grown.counts["trees"] == 60
    assert grown.counts["refinements"] == sum(len(nodes) - 1 for nodes in found.values())
    assert max(server.calls.values()) <= 3, "a copy is not judged again; three calls are a tie"
    before, bytes_ = server.calls.total(), (tmp_path / "trees.parquet").read_bytes()
    grown, _ = run(server, store, tmp_path / "trees.parquet", roots)
    assert server.calls.total() == before and (tmp_path / "trees.parquet").read_bytes() == bytes_
    assert grown.tally.done == 0 and grown.tally.cached > 0
    monkeypatch.setattr("spar_data.selfplay.search.trees_file.ROWS", 50)  # rows beyond it are written in parts
    _, parted = run(server, store, tmp_path / "parts" / "trees.parquet", roots, limits=Limits(concurrency=3))
    assert parted == found and list(parted) == list(found)
    assert [file.name for file in (tmp_path / "parts").iterdir()] == ["trees.parquet"]


@pytest.mark.parametrize("order", [*ORDERS, "bfs early"])
def test_concurrency_and_order_of_arrival_change_nothing(order: str, serve: Serve, tmp_path: Path) -> None:
    config = SearchConfig(order.split()[0], early_stop="early" in order, nodes=12)
    roots = world.negatives(12)
    written = set()
    for at, (concurrency, window) in enumerate(((1, 1), (64, 0), (5, 30))):
        jitter = random.Random(at)
        server = serve(world.answers(delay=lambda r=jitter: r.random() / 100), whole=True)  # type: ignore[misc]
        with Store(tmp_path / f"{at}.sqlite") as store:
            out = tmp_path / f"{at}.parquet"
            random.Random(at).shuffle(roots)
            run(server, store, out, roots, config, Limits(concurrency=concurrency), window=window)
            written.add(out.read_bytes())
    assert len(written) == 1


def test_children_and_votes_that_do_not_wait_for_each_other_are_in_flight_together(
    serve: Serve, store: Store, tmp_path: Path
) -> None:
    """Three levels of a refinement and its votes, 0.2 s each: 1.2 s for any number of trees, or of nodes in a level."""
    server = serve(world.answers(True, 0.05, delay=lambda: 0.2), whole=True)
    began = time.monotonic()
    _, found = run(server, store, tmp_path / "trees.parquet", world.negatives(12), limits=Limits(concurrency=256))
    assert sum(len(nodes) == 16 for nodes in found.values()) >= 6
    assert time.monotonic() - began < 3.5 < 0.2 * server.calls.total() / 12


def test_all_expansions_failing_is_an_end(serve: Serve, store: Store, tmp_path: Path) -> None:
    server = serve(lambda prompt, nth: Reply(finish_reason="length"), whole=True)
    grown, found = run(server, store, tmp_path / "t.parquet", world.negatives(3))
    assert all(len(nodes) == 4 and best(nodes) is None for nodes in found.values())
    assert grown.counts["failed"] == 9 and not grown.unfinished
    refusing = serve(lambda prompt, nth: 401, whole=True)
    with pytest.raises(SparError, match="401"):
        run(refusing, store, tmp_path / "u.parquet", [world.negative("other")])
    assert not (tmp_path / "u.parquet").exists()


def test_negatives_that_cannot_be_searched(serve: Serve, store: Store, tmp_path: Path) -> None:
    server = serve(world.answers(), whole=True)
    good = world.negative("good")
    bad = [
        dataclasses.replace(world.negative("yes"), votes=dataclasses.replace(good.votes, verdict="Yes")),
        dataclasses.replace(world.negative("lost"), votes=dataclasses.replace(good.votes, judgement="")),
        dataclasses.replace(world.negative("empty"), response=" "),
        dataclasses.replace(world.negative("cut"), problem="length: cut off"),
    ]
    grown, found = run(server, store, tmp_path / "t.parquet", bad)
    assert grown.counts["no search"] == 4 and server.calls.total() == 0
    assert [len(nodes) for nodes in found.values()] == [1] * 4
    assert all(nodes[0].problem.startswith("no search: ") for nodes in found.values())
    assert measure_trees(found.values()).trees == 0 and measure_trees(found.values()).skipped == 4
    with pytest.raises(SparError, match="twice"):
        run(server, store, tmp_path / "t.parquet", [good, good])
    grown, found = run(server, store, tmp_path / "t.parquet", [])
    assert not found and grown.counts["trees"] == 0


_RULE = Constraint("l", "No x", "keyword.exclude", "whole", {"words": ["x"]})
_OPEN = Constraint("l", "Be kind", "", "none", {})


def _refine(prompt: str, response: str, wanted: Any) -> str | None:
    assert wanted
    return None if "!" in response else response.replace("x", "y", 1)


@pytest.fixture
def rules(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("spar_data.selfplay.refine.by_rules.refine_by_rules", _refine)


def test_rules_refine_and_judge_without_a_model(rules: None, store: Store, tmp_path: Path) -> None:
    roots = [dataclasses.replace(world.negative(name), response=text)
             for name, text in (("one", "a x b"), ("two", "x and x"), ("none", "x !"), ("open", "x"), ("bare", "x"))]  # fmt: skip
    wanted = {r.prompt_id: (_RULE,) for r in roots[:3]} | {roots[3].prompt_id: (_RULE, _OPEN)}
    out = tmp_path / "t.parquet"
    grown = grow(roots, RuleRefiner(), CheckerJudge(), SearchConfig(), out, store, constraints=wanted)
    found = {nodes[0].tree: nodes for nodes in read_trees(out)}
    one, two, none, open_, bare = (found[r.id] for r in roots)
    assert [n.text for n in one] == ["a x b", "a y b"] and one[1].votes.value == 1.0 and one[1].votes.exact == "Yes"
    assert [n.text for n in two] == ["x and x", "y and x", "y and y"], "one child each, and on until it passes"
    assert two[1].votes.verdict == "No" and "x" in two[1].votes.judgement and not two[1].votes.words
    assert none[1].problem == "failed: no repair: no known repair makes all constraints pass" and len(none) == 2
    assert bare[1].problem == "failed: no repair: the prompt has no constraints to mend it by"
    for node in (one[1], *two[1:]):
        assert node.reply.startswith("Reflection on how to refine the Output:") and node.refiner == "rules"
        assert parse_refinement(node.reply) == node.text, "the reply of a refiner, which holds the text"
    assert '"No x" is not satisfied' in one[1].reply and one[0].refiner == "" == one[0].reply
    assert open_[1].votes.verdict == "unknown" and open_[1].votes.value is None and not best(open_)
    assert grown.counts["succeeded"] == 2 and grown.tally.total is None and not grown.tallies
    with pytest.raises(SparError, match="none of the prompts has constraints"):
        grow(roots, RuleRefiner(), CheckerJudge(), SearchConfig(), out, store)
    assert len(list(read_trees(out, roots[0].id[:6]))) == 1 and not list(read_trees(out, "none"))
    with pytest.raises(SparError, match=r"is no trees\.parquet"):
        samples = tmp_path / "samples.parquet"
        write_parquet(samples, frame(roots, Sample))
        list(read_trees(samples))
    with pytest.raises(SparError, match="is expected"):
        list(read_trees(tmp_path / "absent.parquet"))
