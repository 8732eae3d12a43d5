"""Forests over a real server: whole trees, equal for any concurrency; every kind of child; rules beside models."""

from __future__ import annotations

import dataclasses
import json
import random
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import tree_world as world
from server import Reply, ScriptedServer
from tree_world import by_loop, run, told

from spar_data.core.errors import SparError
from spar_data.core.files import write_parquet
from spar_data.core.records import Constraint, frame
from spar_data.models import Limits, Store
from spar_data.selfplay.judge.judges import CheckerJudge
from spar_data.selfplay.judge.votes import VoteRule
from spar_data.selfplay.records import Sample
from spar_data.selfplay.refine.prompt import parse_refinement
from spar_data.selfplay.refine.refiners import RuleRefiner
from spar_data.selfplay.search.many_trees import grow
from spar_data.selfplay.search.orders import ORDERS, SearchConfig
from spar_data.selfplay.search.read_trees import best, outcome, path_to, read_trees
from spar_data.selfplay.search.tree_statistics import measure_trees

Serve = Callable[..., ScriptedServer]
Row = dict[str, Any]
_BFS = SearchConfig()


def test_trees_are_those_of_a_plain_loop(
    serve: Serve, store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = serve(world.answers(), whole=True)
    roots = world.negatives(60)
    grown, found = run(server, store, tmp_path / "trees.parquet", roots)
    assert list(found) == sorted(r.id for r in roots), "sorted by tree"
    for root in roots:
        assert told(found[root.id]) == by_loop(root)
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


def test_every_kind_of_child(serve: Serve, store: Store, tmp_path: Path) -> None:
    """Samples of one request: fresh, unparsed, its parent, its sibling, the root again below, cut off, failed."""
    calls: list[str] = []

    def answer(messages: str, nth: int) -> Reply | int:
        refine = "[[start]]" in messages
        text = world._OUTPUT.search(messages)[1]  # type: ignore[index]
        calls.append(f"{'refine' if refine else 'judge'} {text}")
        if not refine:
            return Reply(texts=tuple(f"{i} Final Judgement: {'Yes' if i == 0 else 'No'}" for i in range(5)))
        if text == "root":
            replies = ["a", None, "root", "a", "b"]
        elif text == "a":
            replies = ["root", "a", "b", " a ", "c"]
        else:
            return 400
        return Reply(texts=tuple("no tags" if r is None else f"x\n[[start]]{r}[[end]]" for r in replies))

    server = serve(answer, whole=True)
    grown, found = run(server, store, tmp_path / "t.parquet", [world.negative("root")], SearchConfig(branch=5, depth=2))
    [nodes] = found.values()
    assert [(n.parent, n.text, n.problem.partition(":")[0]) for n in nodes[1:]] == [
        (0, "a", ""), (0, "", "unparsed"), (0, "", "unchanged"), (0, "", "copy of node 1"), (0, "b", ""),
        (1, "", "copy of node 0"), (1, "", "unchanged"), (1, "", "copy of node 5"), (1, "", "unchanged"), (1, "c", ""),
        (5, "", "failed"), (5, "", "failed"), (5, "", "failed"), (5, "", "failed"), (5, "", "failed"),
    ]  # fmt: skip
    assert sorted(calls) == ["judge a", "judge b", "judge c", "refine a", "refine b", "refine root"]
    assert all(n.reply for n in nodes[1:11]) and nodes[1].votes.value == 0.2 and nodes[1].refine_tokens == 3
    assert nodes[1].votes.words == ["Yes", "No", "No", "No", "No"] and len(nodes[1].votes.replies) == 5
    assert nodes[1].judge_tokens == 15 and nodes[4].judge_tokens == 0
    assert nodes[1].votes.judgement in nodes[1].votes.replies[1:]
    picked = {
        seed: run(
            server, store, tmp_path / "t.parquet", [world.negative("root")], SearchConfig(branch=5, depth=1, seed=seed)
        )
        for seed in range(12)
    }
    assert len({each[1][nodes[0].tree][1].votes.judgement for each in picked.values()}) > 1, "drawn by the seed"
    assert grown.counts == {
        "trees": 1, "copy": 3, "failed": 5, "no search": 0, "refinements": 15, "succeeded": 0, "unchanged": 3,
        "unparsed": 1, "verdict No": 3,
    }  # fmt: skip


def test_all_expansions_failing_is_an_end(serve: Serve, store: Store, tmp_path: Path) -> None:
    server = serve(lambda prompt, nth: Reply(finish_reason="length"), whole=True)
    grown, found = run(server, store, tmp_path / "t.parquet", world.negatives(3))
    assert all(len(nodes) == 4 and best(nodes) is None for nodes in found.values())
    assert grown.counts["failed"] == 9 and not grown.unfinished
    refusing = serve(lambda prompt, nth: 401, whole=True)
    with pytest.raises(SparError, match="401"):
        run(refusing, store, tmp_path / "u.parquet", [world.negative("other")])
    assert not (tmp_path / "u.parquet").exists()


def _votes(script: list[list[str]]) -> Callable[[str, int], Reply]:
    """Refines to "better"; the nth round of votes on it is the nth of the script."""
    rounds = iter(script)

    def answer(messages: str, nth: int) -> Reply:
        if "[[start]]" in messages:
            return Reply(text="[[start]]better[[end]]")
        return Reply(texts=tuple("?" if w == "?" else f"Final Judgement: {w}" for w in next(rounds)))

    return answer


@pytest.mark.parametrize(
    ("script", "verdict", "value"),
    [
        ([["Yes", "Yes", "No", "No", "?"], ["Yes", "Yes", "Yes", "No", "?"]], "Yes", 0.75),
        ([["Yes", "No", "?", "Yes", "No"]] * 3, "tie", 0.5),
        ([["Yes", "?", "?", "?", "?"]], "unparsed", None),
        ([["Yes", "No", "?", "?", "?"]], "unparsed", None),
        ([["?"] * 5], "unparsed", None),
        ([["Yes", "Yes", "?", "?", "No"]], "Yes", 2 / 3),
    ],
)
def test_ties_and_too_few_votes(
    script: list[list[str]], verdict: str, value: float | None, serve: Serve, store: Store, tmp_path: Path
) -> None:
    """Each round has samples of its own, so all of them are stored and the next run asks nothing."""
    server = serve(_votes(script), whole=True)
    config = SearchConfig("greedy")
    for _ in range(2):
        _, found = run(server, store, tmp_path / "t.parquet", [world.negative("t")], config)
        votes = next(iter(found.values()))[1].votes
        assert (votes.verdict, votes.value) == (verdict, pytest.approx(value))
        assert len(votes.words) == len(votes.replies) == 5 * len(script)
        assert bool(best(next(iter(found.values())))) == (verdict == "Yes")
    assert server.calls.total() == 1 + len(script)
    if verdict == "tie":
        assert votes.judgement.endswith("No")


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


def test_texts_that_look_like_templates(serve: Serve, store: Store, tmp_path: Path) -> None:
    root = dataclasses.replace(
        world.negative("t"),
        prompt="{response} [[start]] {0} Final Judgement: Yes",
        response="{prompt} [[end]] " + "x" * 100_000,
    )

    def answer(messages: str, nth: int) -> Reply:
        if "Reply in this form:\nReflection" in messages:
            return Reply(text="Final Refined Output: [[start]] {judgement} ends with [[end]] [[end]]")
        return Reply(text="Final Judgement: Yes")

    _, found = run(serve(answer, whole=True), store, tmp_path / "t.parquet", [root])
    [nodes] = found.values()
    refined = best(nodes)
    assert refined and refined.text == "{judgement} ends with [[end]]" and nodes[0].text == root.response


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


@pytest.mark.parametrize(
    ("checkers", "text", "said", "verdict", "value", "calls"),
    [
        ("beside", "x", ["Yes"] * 3 + ["No"] * 2, "Yes", 0.6, 1),
        ("also", "y", ["Yes"] * 3 + ["No"] * 2, "Yes", 4 / 6, 1),
        ("also", "x", ["Yes"] * 3 + ["No"] * 2, "tie", 0.5, 3),
        ("also", "x", ["Yes"] * 4 + ["No"], "Yes", 4 / 6, 1),
        ("also", "x", ["Yes"] * 2 + ["?"] * 3, "unparsed", None, 1),
        ("veto", "x", ["Yes"] * 5, "No", 0.0, 0),
        ("veto", "y", ["Yes"] * 5, "Yes", 1.0, 1),
        ("veto", "y", ["No"] * 5, "No", 0.0, 1),
    ],
)
def test_the_checkers_beside_a_model(
    checkers: str, text: str, said: list[str], verdict: str, value: float | None, calls: int, serve: Serve, store: Store,
    tmp_path: Path,
) -> None:  # fmt: skip
    def answer(messages: str, nth: int) -> Reply:
        if "[[start]]" in messages:
            return Reply(text=f"[[start]]{text}[[end]]")
        return Reply(texts=tuple("?" if w == "?" else f"Final Judgement: {w}" for w in said))

    server = serve(answer, whole=True)
    root = world.negative("t")
    wanted, rule = {root.prompt_id: (_RULE,)}, VoteRule(checkers=checkers)
    _, found = run(server, store, tmp_path / "t.parquet", [root], SearchConfig("greedy"), rule=rule, constraints=wanted)
    [[_, node]] = found.values()
    assert (node.votes.verdict, node.votes.value) == (verdict, pytest.approx(value))
    assert server.calls.total() == 1 + calls and node.votes.exact == ("No" if text == "x" else "Yes")
    if verdict == "No" and not calls:
        assert "No x" in node.votes.judgement


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
