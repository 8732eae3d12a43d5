"""`spar-data selfplay` with rules beside a model."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest
from click.testing import CliRunner, Result
from server import Reply, ScriptedServer
from stored_rows import BEE, WORDS

from spar_data.cli.main import cli
from spar_data.core.errors import SparError
from spar_data.core.files import write_parquet
from spar_data.core.ids import row_id
from spar_data.core.records import Constraint, PromptRow
from spar_data.core.tables import frame
from spar_data.selfplay.search.read_trees import read_trees

Serve = Callable[..., ScriptedServer]


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
