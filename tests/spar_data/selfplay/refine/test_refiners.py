"""Refiners in a search: the rules beside a model, and combinations that are refused."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import tree_world as world
from server import Reply, ScriptedServer

from spar_data.core.errors import SparError
from spar_data.core.records import Constraint
from spar_data.models import Limits, Store
from spar_data.selfplay.judge.judges import ModelJudge
from spar_data.selfplay.judge.votes import VoteRule
from spar_data.selfplay.records import Node, Sample
from spar_data.selfplay.refine.prompt import parse_refinement
from spar_data.selfplay.refine.refiners import ModelRefiner, refiner_of
from spar_data.selfplay.search.many_trees import grow
from spar_data.selfplay.search.orders import SearchConfig
from spar_data.selfplay.search.read_trees import best, read_trees

Serve = Callable[..., ScriptedServer]
_RULE = Constraint("l", "No x", "keyword.exclude", "whole", {"words": ["x"]})
_OPEN = Constraint("l", "Be kind", "", "none", {})
_UPPER = Constraint("l", "In capitals", "character.uppercase", "whole", {})
_MIXED = SearchConfig("bfs", depth=2)
_CHILDREN = {  # what the model makes of a text: its samples, in order
    "x x": ["a x", "b !", "not asked for"],
    "y x": ["win x", "y x", "not asked for"],
    "a x": ["y x", "c", "not asked for"],
    "x !": ["d", "no tags", "not asked for"],
    "d": ["d", "e", "not asked for"],
    "free": ["f", "g", "h"],
}


_YES = {"win x": 5, "y x": 2, "a x": 1, "f": 3}  # of five votes


def _answer(messages: str, nth: int) -> Reply | int:
    """The nth call of one request goes on with the samples where the calls before it ended; only early stops need more than
    one, and they ask for one sample each."""
    text = world._OUTPUT.search(messages)[1]  # type: ignore[index]
    if "[[start]]" not in messages:
        said = ["Yes"] * _YES.get(text, 0) + ["No"] * 5
        return Reply(texts=tuple(f"Final Judgement: {word}" for word in said[:5]))
    made = [t if t == "no tags" else f"x\n[[start]]{t}[[end]]" for t in _CHILDREN.get(text, ())]
    return Reply(texts=(*made[nth - 1 :], *made)) if made else 400


def _negative(name: str, response: str) -> Sample:
    return dataclasses.replace(world.negative(name), response=response)


def _grow(
    server: ScriptedServer, store: Store, out: Path, roots: list[Sample], config: SearchConfig, wanted: Any, **more: Any
) -> list[list[Node]]:
    spec = f"openai:m@{server.url}"
    refiner = ModelRefiner(spec, 0.7, rules_first=True)
    grow(roots, refiner, ModelJudge(spec), config, out, store, constraints=wanted, **more)
    found = {nodes[0].tree: nodes for nodes in read_trees(out)}
    return [found[root.id] for root in roots]


@pytest.fixture
def one_x(monkeypatch: pytest.MonkeyPatch) -> None:
    """Rules that mend one x at a time, and nothing with an exclamation mark."""

    def refine(prompt: str, response: str, wanted: Any) -> str | None:
        return None if "!" in response else response.replace("x", "y", 1)

    monkeypatch.setattr("spar_data.selfplay.refine.by_rules.refine_by_rules", refine)


def _told(nodes: list[Node]) -> list[tuple[int, str, str, str]]:
    return [(n.parent, n.refiner, n.text, n.problem) for n in nodes[1:]]


_UNCHANGED = "unchanged: the text is its parent's"
_NO_REPAIR = "failed: no repair: no known repair makes all constraints pass"
_TREE = [
    (0, "rules", "y x", ""), (0, "m", "a x", ""), (0, "m", "b !", ""),
    (1, "rules", "y y", ""), (1, "m", "win x", ""), (1, "m", "", _UNCHANGED),
    (2, "rules", "a y", ""), (2, "m", "", "copy of node 1"), (2, "m", "c", ""),
]  # fmt: skip


def test_the_first_child_is_by_rules_and_the_others_are_the_models(
    one_x: None, serve: Serve, store: Store, tmp_path: Path
) -> None:
    server = serve(_answer, whole=True)
    roots = [_negative("mixed", "x x"), _negative("stuck", "x !"), _negative("free", "free")]
    wanted = {roots[0].prompt_id: [_RULE, _OPEN], roots[1].prompt_id: [_RULE], roots[2].prompt_id: [_OPEN]}
    mixed, stuck, free = _grow(server, store, tmp_path / "t.parquet", roots, _MIXED, wanted)
    assert _told(mixed) == _TREE and mixed[0].refiner == ""
    assert [n.votes.value for n in mixed[1:4]] == [0.4, 0.2, 0.0] and best(mixed) == mixed[5]
    assert [n.refine_tokens for n in mixed[1:4]] == [0, 3, 3], "rules take none"
    assert mixed[1].judge_tokens == 15 and parse_refinement(mixed[1].reply) == "y x"
    assert _told(stuck)[:3] == [(0, "rules", "", _NO_REPAIR), (0, "m", "d", ""), (0, "m", "", "unparsed: no [[start]]")]
    assert _told(stuck)[3:] == [(2, "rules", "", _UNCHANGED), (2, "m", "", _UNCHANGED), (2, "m", "e", "")]
    assert [each[:3] for each in _told(free)] == [(0, "m", "f"), (0, "m", "g"), (0, "m", "h")], "nothing to mend it by"
    asked = [body["n"] for body in server.requests if "[[start]]" in str(body)]
    assert sorted(asked) == [2] * 5 + [3], "samples of the model: the child by rules takes none of them"


def test_one_by_one_the_children_are_the_same(one_x: None, serve: Serve, store: Store, tmp_path: Path) -> None:
    server = serve(_answer, whole=True)
    roots = [_negative("mixed", "x x")]
    wanted = {roots[0].prompt_id: [_RULE]}
    config = dataclasses.replace(_MIXED, early_stop=True)
    [nodes] = _grow(server, store, tmp_path / "t.parquet", roots, config, wanted)
    assert _told(nodes) == _TREE[:5], "the fifth is a success"
    calls = server.calls.total()
    with Store(tmp_path / "other.sqlite") as other:
        _grow(serve(_answer, whole=True), other, tmp_path / "u.parquet", roots, _MIXED, wanted)
        [again] = _grow(server, other, tmp_path / "v.parquet", roots, config, wanted)
    assert again == [dataclasses.replace(n, refine_tokens=m.refine_tokens) for n, m in zip(nodes, again, strict=True)]
    assert server.calls.total() == calls, "the samples of the whole level have the same numbers"
    few = dataclasses.replace(_MIXED, nodes=4)
    [nodes] = _grow(server, store, tmp_path / "t.parquet", roots, few, wanted)
    assert _told(nodes) == _TREE[:4], "a node by rules counts, and the model is not asked for it"


def _forest(server: ScriptedServer, store: Store, out: Path, **more: Any) -> bytes:
    roots = world.negatives(16)
    wanted = {root.prompt_id: [_UPPER] for root in roots[:12]}
    _grow_all = dataclasses.replace(_MIXED, depth=3)
    spec = f"openai:m@{server.url}"
    refiner, judge = ModelRefiner(spec, 0.7, rules_first=True), ModelJudge(spec, VoteRule(checkers="also"))
    grow(roots, refiner, judge, _grow_all, out, store, constraints=wanted, **more)
    return out.read_bytes()


def test_resumed_trees_are_those_of_an_unbroken_run(serve: Serve, store: Store, tmp_path: Path) -> None:
    """With the real rules refiner, in mid-tree, and for any number of calls in flight."""
    server = serve(world.answers(often=0.3), whole=True)
    unbroken = _forest(server, store, tmp_path / "whole.parquet")
    calls = server.calls.copy()
    found = list(read_trees(tmp_path / "whole.parquet"))
    made = [node for nodes in found for node in nodes if node.refiner == "rules"]
    assert {n.problem.partition(":")[0].split(" ")[0] for n in made} == {"", "unchanged", "copy"} and len(made) > 20
    assert all(n.text == n.text.upper() and n.votes.exact == "Yes" for n in made if n.text)
    assert all(n.node == min(o.node for o in nodes if o.parent == n.parent) for nodes in found for n in nodes
               if n.refiner == "rules")  # fmt: skip
    server.calls.clear()
    with Store(tmp_path / "other.sqlite") as other:
        out = tmp_path / "broken.parquet"
        for _ in range(3):  # each call has a budget of its own
            assert _forest(server, other, out, limits=Limits(concurrency=4, max_tokens_total=9_000)) != unbroken
        assert 0 < server.calls.total() < calls.total()
        assert _forest(server, other, out, limits=Limits(concurrency=64), window=7) == unbroken
    assert server.calls == calls, "every call once"


def test_what_does_not_go_together(serve: Serve, store: Store, tmp_path: Path) -> None:
    server = serve(_answer, whole=True)
    root, out = _negative("mixed", "x x"), tmp_path / "t.parquet"
    wanted = {root.prompt_id: [_RULE]}
    for order in ("greedy", "iterative"):
        with pytest.raises(SparError, match=f"{order} makes one child"):
            _grow(server, store, out, [root], SearchConfig(order), wanted)
    with pytest.raises(SparError, match="makes one child"):
        _grow(server, store, out, [root], dataclasses.replace(_MIXED, branch=1), wanted)
    with pytest.raises(SparError, match="a model, rules, or one of each"):
        refiner_of(["rules", "rules"])
    with pytest.raises(SparError, match="none of the prompts has constraints"):
        _grow(server, store, out, [root], _MIXED, {})
    assert not server.calls
