"""`spar-eval refinement` against scripted refiners and judges."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from failing_rows import BEE, NO, POEM, failing, write_rows
from server import Reply, ScriptedServer

from spar_data import FunctionModel
from spar_data.core.errors import SparError
from spar_data.core.files import write_parquet
from spar_data.core.records import PromptRow, decode_constraints
from spar_data.core.tables import frame
from spar_data.models import Request, estimate_prompt
from spar_data.selfplay.refine.prompt import refine_request
from spar_eval.benchmarks.refinement.cases import load_cases
from spar_eval.benchmarks.refinement.run import refinement
from spar_eval.cli.main import cli
from spar_eval.run_folder import load_result

Serve = Callable[..., ScriptedServer]


def _say(text: str) -> str:
    return f"Reflection: better.\nFinal Refined Output: [[start]] {text} [[end]]"


def _refiner(server: list[ScriptedServer], replies: dict[str, Any]) -> Callable[[str, int], Any]:
    """replies: by response, to the request to refine it; a judge's Yes to whatever holds "good"."""

    def answer(prompt: str, nth: int) -> Any:
        messages = server[0].requests[-1]["messages"]
        if len(messages) == 3:
            return next(reply for response, reply in replies.items() if f"“{response}”" in messages[0]["content"])
        if "silent" in prompt:
            return "hm"
        return f"hm\nFinal Judgement: {'Yes' if 'good' in prompt else 'No'}"

    return answer


@pytest.fixture
def start(serve: Serve) -> Callable[[dict[str, Any]], ScriptedServer]:
    def make(replies: dict[str, Any]) -> ScriptedServer:
        holder: list[ScriptedServer] = []
        holder.append(serve(_refiner(holder, replies)))
        return holder[0]

    return make


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def _run(*arguments: object, code: int = 0) -> str:
    result = CliRunner().invoke(cli, [str(a) for a in (*arguments, "--out", "out")])
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    assert result.exit_code == code, result.output
    return result.output


_REPLIES = {
    "r1": _say("a good text"),
    "r2": _say("still wrong"),
    "r3": "Final Refined Output: [[start]] cut",
    "r4": _say("r4"),
    "r5": 400,
    "r6": _say("silent text"),
}


def test_greedy_by_three_judges(start: Callable[[dict[str, Any]], ScriptedServer], serve: Serve) -> None:
    server = start(_REPLIES)
    other = serve(lambda prompt, nth: "hm\nFinal Judgement: No")
    data = write_rows(
        failing("r1", id="a", constraints=[BEE]), failing("r2", id="b", constraints=[POEM]), failing("r3", id="c"),
        failing("r4", id="d"), failing("r5", id="e", constraints=[BEE]), failing("r6", id="f"),
    )  # fmt: skip
    model = f"openai:m@{server.url}"
    command = ["refinement", "--data", data, "--model", model, "--judge", "self", "--judge", f"openai:strict@{other.url}",
               "--judge", "rules", "--judge", model, "--votes", 3]  # fmt: skip
    planned = _run(*command, "--dry-run")
    assert "refine, " + model + ": 6 calls for 6 samples" in planned and planned.count("6 calls for 18 samples") == 2
    assert not server.calls and not Path("runs").exists() and not Path("out").exists()

    output = _run(*command)
    result = load_result(Path("out"))
    assert [(s.name, s.n) for s in result.scores] == [
        ("accuracy by self", 6), ("accuracy by strict", 6), ("accuracy by rules", 2),
    ]  # fmt: skip
    assert [s.value for s in result.scores] == [pytest.approx(1 / 6), 0, 0]
    tables = {t.title: {r.name: r for r in t.rows} for t in result.tables}
    assert tables["failed refinements and undecided left out"]["accuracy by self"].value == 1 / 2
    beside = tables["self beside strict"]
    assert beside["gap in accuracy"].value == pytest.approx(1 / 6) and beside["gap in accuracy"].n == 6
    assert beside["self Yes, strict No"].value == 1 / 2 and beside["agreement"].value == 1 / 2
    assert tables["refinements"]["refined"].value == 3 / 6 and tables["refinements"]["unchanged"].value == 1 / 6
    assert 0 < tables["refinements"]["similarity, characters"].value < 1
    assert result.counts == {
        "refinement failed": 1, "refinement unchanged": 1, "refinement unparsed": 1, "rules: unknown": 4, "self: unparsed": 1,
    }  # fmt: skip
    assert "rules: 4 items have constraints that no program can check completely" in output
    items = {item.id: item for item in result.items}
    assert items["a"].response == "a good text" and [c.kind for c in items["a"].checks] == ["self", "strict", "rules"]
    assert [c.verdicts["accurate"] for c in items["a"].checks] == [True, False, False]
    assert "say bee" in items["a"].checks[2].reason and items["a"].detail["judges"]["self"]["votes"][0]["vote"] == "Yes"
    assert items["c"].problem == "unparsed: no [[end]]: cut off" and items["c"].checks[0].verdicts["accurate"] is False
    assert items["d"].problem.startswith("unchanged") and items["e"].problem.startswith("failed: status 400")
    assert items["f"].checks[0].verdicts["accurate"] is None and items["a"].detail["original"] == "r1"

    before = server.calls.total() + other.calls.total()
    again = json.loads(_run(*command, "--json"))
    assert server.calls.total() + other.calls.total() == before + 1, "only the failed refinement is asked again"
    assert again["scores"][0]["value"] == pytest.approx(1 / 6) and again["calls"][0]["failures"] == {"status 400": 1}


def test_best_of_n_takes_what_the_guide_prefers_and_scores_it_by_other_votes(serve: Serve) -> None:
    """The second and third drafts are the same; the guide's first five votes on it are lucky."""
    holder: list[ScriptedServer] = []

    def answer(prompt: str, nth: int) -> Any:
        request = holder[0].requests[-1]
        if len(request["messages"]) == 3:
            return Reply(_say(["first", "second", "second", "r1"][nth - 1]), choices=1)
        return Reply(f"Final Judgement: {'Yes' if '“second”' in prompt and nth <= 2 else 'No'}", choices=1)

    holder.append(serve(answer))
    model = f"openai:m@{holder[0].url}"
    command = ["refinement", "--data", write_rows(failing("r1")), "--model", model, "--judge", "self", "--decoding", "best-of-n",
               "--samples", 4, "--votes", 2, "--concurrency", 1]  # fmt: skip
    output = _run(*command)
    result = load_result(Path("out"))
    [item] = result.items
    assert item.response == "second" and result.scores[0].value == 0, "two other votes say No"
    assert [s.get("value") for s in item.detail["steps"]] == [0.0, 1.0, None, None]
    assert item.detail["steps"][2]["problem"] == "copy of node 2"
    assert item.detail["steps"][3]["problem"].startswith("unchanged")
    assert "by votes of its own that the guide did not see" in output and "samples:4|guide:self" in result.signature
    calls = holder[0].calls.total()
    assert calls == 4 + 2 + 4, "four drafts, two votes on each of two texts, two more on the chosen one"
    _run(*command)
    assert holder[0].calls.total() == calls
    with pytest.raises(SparError, match="more than 0"):
        _run(*command, "--temperature", 0)


def test_iterative_goes_on_while_the_guide_says_no(start: Callable[[dict[str, Any]], ScriptedServer]) -> None:
    server = start(
        {
            "r1": _say("step one of r1"), "step one of r1": _say("a good end"),
            "r2": _say("good at once"),
            "r3": _say("step one of r3"), "step one of r3": _say("step two of r3"), "step two of r3": _say("good too late"),
            "r4": _say("silent on r4"),
            "r5": _say("step one of r5"), "step one of r5": "no tags",
            "r6": _say("r6"),
            "r7": _say("step one of r7"), "step one of r7": _say("r7"),
        }
    )  # fmt: skip
    data = write_rows(*(failing(f"r{i}", id=f"i{i}") for i in range(1, 8)))
    command = ["refinement", "--data", data, "--model", f"openai:m@{server.url}", "--judge", "self", "--decoding",
               "iterative", "--depth", 2, "--votes", 1]  # fmt: skip
    _run(*command)
    result = load_result(Path("out"))
    refined = {
        item.id: (item.response, item.problem.partition(":")[0], len(item.detail["steps"])) for item in result.items
    }
    assert refined == {
        "i1": ("a good end", "", 2), "i2": ("good at once", "", 1), "i3": ("step two of r3", "", 2),
        "i4": ("silent on r4", "", 1), "i5": ("step one of r5", "", 2), "i6": ("", "unchanged", 1),
        "i7": ("step one of r7", "", 2),
    }  # fmt: skip
    assert result.scores[0].value == pytest.approx(2 / 7)
    calls = server.calls.total()
    _run(*command)
    assert server.calls.total() == calls, "a stored run asks nothing"
    _run(*command[:-4], "--depth", 3, "--votes", 1)
    deeper = {item.id: item.response for item in load_result(Path("out")).items}
    assert deeper["i3"] == "good too late" and deeper["i1"] == "a good end"


def test_rules_guide_and_judge(start: Callable[[dict[str, Any]], ScriptedServer]) -> None:
    """Constraints come from a release; the checkers' reasons are the next judgement."""
    server = start({"r1": _say("an ant"), "an ant": _say("a bee")})
    (bee,) = decode_constraints([BEE], "test")
    rows = [PromptRow("x", "prompt of r1", "seed", "s", "en", "t", "t", [bee], "rules", "src", 1)]
    write_parquet(Path("prompts.parquet"), frame(rows, PromptRow))
    _run("refinement", "--data", write_rows(failing("r1")), "--model", f"openai:m@{server.url}", "--judge", "rules", "--guide",
         "rules", "--decoding", "iterative", "--prompts", "prompts.parquet")  # fmt: skip
    result = load_result(Path("out"))
    assert result.items[0].response == "a bee" and result.scores[0].value == 1 and server.calls.total() == 2
    assert "say bee" in server.requests[1]["messages"][1]["content"]
    with pytest.raises(SparError, match="no row has constraints"):
        _run(
            "refinement",
            "--data",
            write_rows(failing("r1")),
            "--model",
            "openai:m@http://127.0.0.1:9/v1",
            "--judge",
            "rules",
        )


def test_a_judge_that_never_parses_and_ties(serve: Serve) -> None:
    holder: list[ScriptedServer] = []

    def answer(prompt: str, nth: int) -> Any:
        if len(holder[0].requests[-1]["messages"]) == 3:
            return _say(f"text {holder[0].requests[-1]['messages'][0]['content'].count('r2')}")
        return Reply(["Final Judgement: Yes", "Final Judgement: No"][nth % 2] if "r2" in prompt else "hm", choices=1)

    holder.append(serve(answer))
    data = write_rows(failing("r1"), failing("r2"))
    output = _run("refinement", "--data", data, "--model", f"openai:m@{holder[0].url}", "--judge", "self", "--votes", 2)
    result = load_result(Path("out"))
    assert result.counts == {"self: tie": 1, "self: unparsed": 1} and result.scores[0].value == 0
    assert [t.title for t in result.tables] == ["refinements"], "nothing was decided: no number without the undecided"
    assert "a tie, an unparsed or a failed judgement counts as not accurate" in output


def test_files_of_the_judge_command(start: Callable[[dict[str, Any]], ScriptedServer]) -> None:
    server = start({"r1": _say("a good text")})
    model = f"openai:m@{server.url}"
    write_rows(
        {"prompt": "p", "response": "r1"}, {"prompt": "p", "response": "good"}, {"prompt": "silent", "response": "x"}
    )
    _run_data("judge", "rows.jsonl", "--model", model, "--votes", 2, "--out", "judged.jsonl")
    data = load_cases(Path("judged.jsonl"))
    assert [c.response for c in data.cases] == ["r1"] and data.cases[0].judgement == "hm\nFinal Judgement: No"
    assert data.counts == {"left out: verdict Yes": 1, "left out: verdict unparsed": 1}
    _run("refinement", "--data", "judged.jsonl", "--model", model, "--judge", "self", "--votes", 1)
    assert load_result(Path("out")).scores[0].value == 1


def _run_data(*arguments: object) -> None:
    from spar_data.cli.main import cli as data_cli

    result = CliRunner().invoke(data_cli, [str(a) for a in arguments])
    assert result.exit_code == 0, result.output


def test_wrong_models_write_nothing() -> None:
    for arguments in (
        ("--model", "hff:x", "--judge", "self"),
        ("--model", "openai:m@http://127.0.0.1:9/v1", "--judge", "hff:x"),
    ):
        with pytest.raises(SparError, match="Did you mean 'hf'"):
            _run("refinement", "--data", write_rows(failing("r")), *arguments)
    assert not Path("runs").exists() and not Path("out").exists()


def test_a_spent_budget(start: Callable[[dict[str, Any]], ScriptedServer]) -> None:
    server = start({"r1": _say("a good text"), "r2": _say("another good one")})
    command = ["refinement", "--data", write_rows(failing("r1"), failing("r2")), "--model", f"openai:m@{server.url}", "--judge",
               "self", "--votes", 1, "--max-tokens", 30, "--judge-max-tokens", 30, "--concurrency", 1]  # fmt: skip
    first = estimate_prompt(refine_request("prompt of r1", "r1", NO)) + 3 * 4 + 30
    output = _run(*command, "--max-tokens-total", first + 5)
    assert "incomplete: stopped by the budget" in output and server.calls.total() == 1
    _run(*command)
    assert server.calls.total() == 4 and load_result(Path("out")).scores[0].value == 1


@pytest.mark.parametrize(("decoding", "made", "asked"), [("bfs", 15, 5), ("dfs", 21, 7), ("best-first", 39, 13)])
def test_trees(decoding: str, made: int, asked: int, serve: Serve) -> None:
    """Nothing satisfies the guide but what ends in /2/2; item two has a refiner that never answers in form."""

    def answer(messages: str, nth: int) -> Reply:
        text = messages.partition("Output: “")[2].partition("”")[0]
        if "Reflection on how" in messages:
            ways = tuple("no form" if text.startswith("mute") else _say(f"{text}/{i}") for i in range(3))
            return Reply(texts=ways)
        yes = text == "r/0/2"
        return Reply(texts=tuple(f"Final Judgement: {'Yes' if yes and i != 1 else 'No'}" for i in range(10)))

    server = serve(answer, whole=True)
    model = f"openai:m@{server.url}"
    command = ["refinement", "--data", write_rows(failing("r"), failing("mute")), "--model", model, "--judge", "self",
               "--decoding", decoding]  # fmt: skip
    planned = _run(*command, "--dry-run")
    assert f"{2 * asked} calls for {2 * 3 * asked} samples" in planned
    assert f"{2 * made} calls for {2 * made * 5} samples" in planned and not server.calls
    _run(*command)
    result = load_result(Path("out"))
    one, mute = result.items
    assert one.response == "r/0/2" and one.detail["judges"]["self"]["value"] == 0.8
    assert [step["node"] for step in one.detail["steps"]] == list(range(1, len(one.detail["steps"]) + 1))
    assert mute.problem.startswith("unparsed") and len(mute.detail["steps"]) == 3
    assert result.scores[0].value == 0.5 and f"decoding:{decoding}|branch:3|beam:2|depth:3|nodes:0" in result.signature
    scoring = [messages for messages in server.calls if "Reflection on how" not in messages and "“r/0/2”" in messages]
    assert [server.calls[messages] for messages in scoring] == [2], "scored by votes that the guide did not see"
    calls = server.calls.total()
    _run(*command)
    assert server.calls.total() == calls
    with pytest.raises(SparError, match="more than 0"):
        _run(*command, "--temperature", 0)


def test_in_python() -> None:
    def reply(request: Request) -> str:
        first = request.messages[0].content
        if len(request.messages) == 3:
            return _say("a good text" if "“r1”" in first else "still wrong")
        return f"hm\nFinal Judgement: {'Yes' if 'good' in first else 'No'}"

    model = FunctionModel(reply, name="m")
    result = refinement(
        model, data=[failing("r1", constraints=[BEE]), failing("r2")], judges=["self", "rules", model], votes=1
    )
    assert [(score.name, score.value) for score in result.scores] == [
        ("accuracy by self", 0.5),
        ("accuracy by rules", 0),
    ]
    assert result.settings["judges"] == ["self", "rules", "m"] and result.settings["temperature"] == 0.0
    assert [phase for phase, _ in result.calls] == ["refine, greedy", "judge: self"]
