"""Rules beside a model: the first child of a node by rules, the others by the model; the checkers' votes on negatives."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import tree_world as world
from click.testing import CliRunner, Result
from server import Reply, ScriptedServer
from stored_rows import BEE, WORDS, votes

from spar_data.cli.main import cli
from spar_data.core.errors import SparError
from spar_data.core.files import write_parquet
from spar_data.core.ids import row_id
from spar_data.core.records import Constraint, Prompt, PromptRow, frame
from spar_data.models import Limits, Store
from spar_data.models.sampling import Sampling
from spar_data.selfplay.judge.calibration import calibrate
from spar_data.selfplay.judge.judges import ModelJudge, judge_of
from spar_data.selfplay.judge.votes import VoteRule
from spar_data.selfplay.negatives import NegativesConfig, collect
from spar_data.selfplay.records import Node, Sample
from spar_data.selfplay.refine.prompt import parse_refinement
from spar_data.selfplay.refine.refiners import ModelRefiner, refiner_of
from spar_data.selfplay.search.many_trees import grow
from spar_data.selfplay.search.orders import SearchConfig
from spar_data.selfplay.search.read_trees import best, read_trees
from spar_data.selfplay.stored_rows import read_records

Serve = Callable[..., ScriptedServer]
_RULE = Constraint("l", "No x", "keyword.exclude", "whole", {"words": ["x"]})
_OPEN = Constraint("l", "Be kind", "", "none", {})
_UPPER = Constraint("l", "In capitals", "character.uppercase", "whole", {})
_LOWER = Constraint("l", "In small letters", "character.lowercase", "whole", {})
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


# the checkers' votes on responses


_SAMPLING = Sampling(1, 0.9, 0.9, 64)
_WORDS = {  # prompt to the judge's five votes, round after round; the response is the prompt
    "low": ["yyynn"], "low2": ["nnnyy", "yynnn"], "UP": ["yyynn"] * 3, "UPPER": ["yynn?"], "UP2": ["yyyyn"], "free": ["nnnnn"],
}  # fmt: skip


def _judge(prompt: str, nth: int) -> Reply:
    if "Step-by-step verification" not in prompt:
        return Reply(prompt)
    [words] = [words for text, words in _WORDS.items() if f"Output: “{text}”" in prompt]
    said = {"y": "Final Judgement: Yes", "n": "Final Judgement: No", "?": "hm"}
    return Reply(texts=tuple(said[w] for w in words[nth - 1]))


@pytest.mark.parametrize(
    ("checkers", "expected", "counts"),
    [
        (
            "beside",
            {"low": ("Yes", 0.6, 5), "low2": ("No", 0.4, 5), "UP": ("Yes", 0.6, 5), "UPPER": ("tie", 0.5, 5),
             "UP2": ("Yes", 0.8, 5), "free": ("No", 0.0, 5)},
            {("Yes", "Yes"): 1, ("No", "Yes"): 1, ("Yes", "No"): 2, ("tie", "No"): 1},
        ),
        (  # low2: 2 + 1 Yes, 3 No, then the same again: a tie; UP: 3 Yes, 2 + 1 No, twice more; UPPER: 2 Yes, 2 + 1 No
            "also",
            {"low": ("Yes", 4 / 6, 5), "low2": ("tie", 0.5, 10), "UP": ("tie", 0.5, 10), "UPPER": ("No", 2 / 5, 5),
             "UP2": ("Yes", 4 / 6, 5), "free": ("No", 0.0, 5)},
            {("Yes", "Yes"): 1, ("No", "Yes"): 1, ("Yes", "No"): 2, ("tie", "No"): 1},
        ),
        (
            "veto",
            {"low": ("Yes", 0.6, 5), "low2": ("No", 0.4, 5), "UP": ("No", 0.0, 0), "UPPER": ("No", 0.0, 0),
             "UP2": ("No", 0.0, 0), "free": ("No", 0.0, 5)},
            {("Yes", "Yes"): 1, ("No", "Yes"): 1},
        ),
    ],
)  # fmt: skip
def test_the_checkers_vote_on_responses(
    checkers: str, expected: dict[str, tuple[str, float, int]], counts: dict[Any, int], serve: Serve, store: Store,
    tmp_path: Path,
) -> None:  # fmt: skip
    server = serve(_judge)
    rows = [Prompt(row_id(name), name, (_LOWER,) if name != "free" else ()) for name in _WORDS]
    config = NegativesConfig(_SAMPLING, tie_rounds=0 if checkers == "beside" else 1)

    def run(out: Path) -> Any:
        spec = f"openai:m@{server.url}"
        judge = ModelJudge(spec, VoteRule(checkers=checkers), max_tokens=64)
        return collect(rows, spec, judge, config, out, store)

    found = run(tmp_path / "one")
    samples = {s.prompt: s for s in read_records(found.samples, Sample)}
    assert {
        name: (s.votes.verdict, pytest.approx(s.votes.value), len(s.votes.words)) for name, s in samples.items()
    } == (expected)
    assert found.funnel.calibration.counts == counts, "of the judge alone: its own vote is not the checkers'"
    rounds = sum(len(s.votes.words) for s in samples.values()) // 5
    assert server.calls.total() == len(_WORDS) + rounds, "what is vetoed is not judged, and only ties are judged again"
    assert {s.prompt for s in read_records(found.negatives, Sample)} == {
        n for n, (word, *_) in expected.items() if word == "No"
    }
    if checkers == "veto":
        vetoed = samples["UP"].votes
        assert (vetoed.exact, vetoed.replies) == ("No", []) and "In small letters" in vetoed.judgement
    calls, first = server.calls.total(), found.samples.read_bytes()
    assert run(tmp_path / "two").samples.read_bytes() == first and server.calls.total() == calls
    with pytest.raises(SparError, match="the checkers are the judge already"):
        judge_of("rules", VoteRule(checkers="veto" if checkers == "beside" else checkers))


def test_calibration_leaves_the_checkers_vote_out() -> None:
    """3 Yes and 2 No of a model, and the checkers' No: a tie in the rows, a Yes of the judge."""
    also = dataclasses.replace(votes(3, 2, exact="No"), verdict="tie", value=0.5)
    sample = Sample("s", "p", "prompt", 0, "text", "", "", also, "actor", "judge")
    assert calibrate([sample]).counts == {("tie", "No"): 1}
    assert calibrate([sample], rule=VoteRule()).counts == {("Yes", "No"): 1}
    resampled = dataclasses.replace(also, words=["No"] * 5 + also.words, replies=[""] * 10)
    assert calibrate([dataclasses.replace(sample, votes=resampled)], rule=VoteRule()).counts == {("Yes", "No"): 1}


# the command


def _actor(prompt: str, nth: int) -> Reply:
    """Responses fail; refinements are "bee" and more, which the judge lets pass if they are short."""
    if "[[start]]" in prompt:
        return Reply("", texts=tuple(f"[[start]]a bee and a bee and {i}[[end]]" for i in range(5)))
    if "Step-by-step verification" in prompt:
        return Reply(texts=("Final Judgement: No",) * 5)
    return Reply("this is no such thing", message={"content": "this is no such thing"})


def _prompts() -> Path:
    file = Path("data/prompts.parquet")
    kind = Constraint("style.tone.kind", "be kind", "", "none", {})
    rows = [
        PromptRow(row_id(p), p, "seed", "s", "en", "t", "t", wanted, "rules", "src", i)
        for i, (p, wanted) in enumerate(
            {"p0": [WORDS, BEE], "p1": [WORDS, BEE], "p2": [BEE, kind], "p3": [kind]}.items()
        )
    ]
    write_parquet(file, frame(rows, PromptRow))
    return file


def _run(*arguments: object) -> Result:
    result = CliRunner().invoke(cli, ["selfplay", *map(str, arguments)])
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


def test_the_command(serve: Serve, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    prompts, server = _prompts(), serve(_actor, whole=True)
    spec = f"openai:m@{server.url}"
    base = (prompts, "--actor", spec, "--samples", 1, "--max-tokens", 64, "--out", "run")
    both = (*base, "--refiner", "rules", "--refiner", spec)
    plan = {each["phase"] + " " * (each["model"] == "rules"): each for each in
            json.loads(_run(*both, "--dry-run", "--json").output)["phases"]}  # fmt: skip
    # bfs: 15 nodes of 5 parents; of three prompts a child of each is by rules, the fourth has nothing to check
    assert plan["search: refine"]["samples"] == 3 * 10 + 15 and plan["search: judge"]["samples"] == 4 * 15 * 5
    assert plan["search: refine "]["calls"] == 0 and plan["search: ties"]["samples"] == 4 * 15 * 5 * 2
    tree = json.loads(_run(*both, "--nodes", 5, "--dry-run", "--json").output)["phases"]
    assert tree[3]["samples"] == 3 * 3 + 5, "5 nodes have at least 2 parents"
    assert not Path("run").exists() and not server.calls
    told = _run(*both, "--depth", 2, "--branch", 2)
    assert told.exit_code == 0, told.output
    first = Path("run/trees.parquet").read_bytes()
    found = list(read_trees(Path("run/trees.parquet")))
    by = [[node.refiner for node in nodes[1:3]] for nodes in found]
    assert sorted(by) == [["m", "m"]] + [["rules", "m"]] * 3
    facts = json.loads(Path("run/run.json").read_text())
    assert facts["settings"]["search"]["rules_first"] is True and facts["settings"]["exact_vote"] == ""
    assert facts["settings"]["search"]["refiner"]["name"] == "m" and facts["settings"]["judge"]["name"] == "m"
    calls = server.calls.total()
    _run(*both, "--depth", 2, "--branch", 2)
    assert Path("run/trees.parquet").read_bytes() == first and server.calls.total() == calls
    with pytest.raises(SparError, match=r"search\.rules_first is true there and false here"):
        _run(*base, "--refiner", spec, "--depth", 2, "--branch", 2)
    with pytest.raises(SparError, match='exact_vote is "" there and "veto" here'):
        _run(*both, "--checkers", "veto", "--depth", 2, "--branch", 2)
    plan = json.loads(_run(*both, "--checkers", "veto", "--dry-run", "--no-search", "--json").output)["phases"]
    assert [each["calls"] for each in plan[:2]] == [0, 0] and plan[0]["bound"] is plan[1]["bound"] is False
    _run(*both, "--out", "vetoed", "--checkers", "veto", "--depth", 2, "--branch", 2)
    rows = pl.read_parquet("vetoed/samples.parquet").sort("prompt")
    assert [len(w) for w in rows["votes"].struct.field("words")] == [0, 0, 0, 5], "p3 has nothing to veto by"
    passed = [
        n for nodes in read_trees(Path("vetoed/trees.parquet")) for n in nodes[1:] if n.refiner == "rules" and n.text
    ]
    assert passed and all(n.votes.exact != "No" and n.votes.words for n in passed), "the model judges what is mended"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--refiner", "rules", "--refiner", "rules"), "a model, rules, or one of each is expected"),
        (("--refiner", "smollm2", "--refiner", "smollm2"), "a model, rules, or one of each is expected"),
        (
            ("--refiner", "smollm2", "--refiner", "rules", "--refiner", "rules"),
            "a model, rules, or one of each is expected",
        ),
        (
            ("--refiner", "smollm2", "--refiner", "rules", "--search", "greedy"),
            "the order greedy makes one child of a node",
        ),
        (("--refiner", "smollm2", "--refiner", "rules", "--branch", "1"), "makes one child of a node"),
        (("--refiner", "rules", "--checkers", "also"), "the checkers are the judge already"),
        (("--refiner", "smollm2", "--checkers", "always"), "'always' is not one of"),
    ],
)
def test_wrong_combinations(
    arguments: tuple[str, ...], said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    command = ["selfplay", _prompts(), "--actor", "smollm2", "--out", "run", *arguments]
    done = CliRunner().invoke(cli, [str(word) for word in command])
    refusal = str(done.exception) if isinstance(done.exception, SparError) else done.output.replace("│", "")
    assert done.exit_code and said in " ".join(refusal.split()) and not Path("run").exists()
    Path("plain.jsonl").write_text('{"prompt": "p"}\n')
    with pytest.raises(SparError, match="rules need the constraints"):
        _run("plain.jsonl", "--actor", "openai:m@http://127.0.0.1:9/v1", "--refiner", "openai:m@http://127.0.0.1:9/v1",
             "--checkers", "also", "--out", "run")  # fmt: skip
