"""One tree over a real server: every kind of child, ties, texts that look like templates, and rules beside a model."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path

import pytest
import tree_world as world
from server import Reply, ScriptedServer
from tree_world import run

from spar_data.core.records import Constraint
from spar_data.models import Store
from spar_data.selfplay.judge.votes import VoteRule
from spar_data.selfplay.search.orders import SearchConfig
from spar_data.selfplay.search.read_trees import best

Serve = Callable[..., ScriptedServer]


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
