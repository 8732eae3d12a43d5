"""FollowBench end to end, by a scripted model and judge. The set and its scores are worked out by hand:

content/1 (judged)  level 1 Y, 2 YY, 3 YNY, 4 YYYY, 5 NNNNN   hard 1 1 0 1 0   soft 1 1 2/3 1 0       CSL 2
content/2 (judged)  level 1 N, 2 YN, 3 YYY, 4 NNNY, 5 YYYYY   hard 0 0 1 0 1   soft 0 1/2 1 1/4 1     CSL 0
example/1 (rules)   the form fails at level 4                 hard 1 1 1 0 1   soft the same          CSL 3
example/2 (rules)   all meet the form                         hard 1 1 1 1 1   soft the same          CSL 5

by level, mean of the two categories   HSR .75 .75 .75 .5 .75   SSR .75 .875 11/12 .5625 .75
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from followbench_rows import content_rows, example_rows, write_files
from server import Reply, ScriptedServer

from spar_data import FunctionModel
from spar_data.core.errors import SparError
from spar_eval.benchmarks.followbench.run import followbench
from spar_eval.cli.main import cli
from spar_eval.run_folder import load_result

_LISTS = {
    "1": ("Y", "YY", "YNY", "YYYY", "NNNNN"),
    "2": ("N", "YN", "YYY", "NNNY", "YYYYY"),
}


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return write_files(tmp_path / "data", content=content_rows(), example=example_rows())


def _model(prompt: str, nth: int) -> str:
    if prompt.startswith("example"):
        return "no form" if prompt == "example 1 level 4." else "Bot: fine"
    return f"answer to {prompt}"


def _judge(prompt: str, nth: int) -> str:
    found = re.search(r"### Answer to the final instruction\nanswer to content (\d) level (\d)", prompt)
    assert found, prompt
    words = ["YES" if c == "Y" else "NO" for c in _LISTS[found[1]][int(found[2]) - 1]]
    return f"Step by step.\n{words}"


Script = Callable[[str, int], Reply | str | int]


def _both(judge: Script) -> Script:
    return lambda prompt, nth: judge(prompt, nth) if "### Your task" in prompt else _model(prompt, nth)


@pytest.fixture
def run(tmp_path: Path, data: Path) -> Callable[..., Result]:
    def call(
        server: ScriptedServer, *more: str, folder: Path = data, judge: bool = True, responses: Path | None = None
    ) -> Result:
        spec = f"openai:m@{server.url}"
        asked = ["--judge", spec] if judge else []
        asked += ["--responses", str(responses)] if responses else ["--model", spec]
        return CliRunner().invoke(
            cli,
            ["followbench", "--data", str(folder), *asked, "--store", str(tmp_path / "s.sqlite"),
             "--out", str(tmp_path / "out"), "--attempts", "1", *more],
        )  # fmt: skip

    return call


def _scores(result: Result) -> dict[str, float]:
    assert result.exit_code == 0, result.output
    return {each["name"]: each["value"] for each in _json(result)["scores"]}


def _json(result: Result) -> dict[str, Any]:
    return json.loads(result.stdout)


def _table(summary: dict[str, Any], title: str) -> list[float]:
    [table] = [t for t in summary["tables"] if t["title"].startswith(title)]
    return [row["value"] for row in table["rows"]]


def test_scores_by_hand(serve: Callable[..., ScriptedServer], run: Callable[..., Result], tmp_path: Path) -> None:
    result = run(serve(_both(_judge)), "--json")
    assert _scores(result) == pytest.approx(
        {"HSR": 0.7, "SSR": 3.8541666667 / 5, "CSL": 2.5, "SSR, the 10 judged rows only": 3.2083333333 / 5}
    )
    summary = _json(result)
    assert _table(summary, "HSR by level") == pytest.approx([0.75, 0.75, 0.75, 0.5, 0.75])
    assert _table(summary, "SSR by level") == pytest.approx([0.75, 0.875, 11 / 12, 0.5625, 0.75])
    assert _table(summary, "HSR by category") == pytest.approx([0.5, 0.9])
    assert _table(summary, "CSL by category") == pytest.approx([1, 4])
    assert _table(summary, "weighted by level") == pytest.approx([10.25 / 15, (0.75 + 1.75 + 2.75 + 2.25 + 3.75) / 15])
    assert summary["counts"] == {}
    hsr = summary["scores"][0]
    assert hsr["low"] <= hsr["value"] <= hsr["high"]
    assert hsr["stderr"] > 0
    assert "group within category" in hsr["method"]
    saved = load_result(tmp_path / "out")
    assert [item.id for item in saved.items][:2] == ["content/1/1", "content/1/2"]
    third = saved.items[2]
    assert [check.verdicts["satisfied"] for check in third.checks] == [True, False, True]
    assert {check.kind for check in third.checks} == {"content"}
    assert "Step by step" in third.detail["judge"][0]
    assert [item.detail["scored by"] for item in saved.items].count("rule") == 10
    assert "0 or 1 on all constraints counts for SSR" in "".join(saved.notes)
    assert "checker:official" in saved.signature and "votes:1" in saved.signature


def test_text_output_names_scores_and_signature(
    serve: Callable[..., ScriptedServer], run: Callable[..., Result]
) -> None:
    out = run(serve(_both(_judge))).output
    assert re.search(r"^HSR +70\.00  \[", out, re.M)
    assert re.search(r"^CSL +2\.50  \[", out, re.M)
    assert "\nfollowbench|data:content+example," in out and "|n:20/4|" in out


def test_replies_that_do_not_parse_are_counted_and_both_readings_shown(
    serve: Callable[..., ScriptedServer], run: Callable[..., Result]
) -> None:
    """Of content/1 level 1 nothing is known: its row is not satisfied, or left out, and with it the CSL of its group."""

    def judge(prompt: str, nth: int) -> str:
        return "I would say YES to it." if "to content 1 level 1." in prompt else _judge(prompt, nth)

    result = run(serve(_both(judge)), "--json")
    scores = _scores(result)
    assert scores["HSR"] == pytest.approx((0.5 + 0.75 + 0.75 + 0.5 + 0.75) / 5)  # level 1: content 0, example 1
    assert scores["HSR, undecided left out"] == pytest.approx(scores["HSR"])  # content 0 of 1 instead of 0 of 2
    assert scores["CSL"] == pytest.approx((0 + 4) / 2)
    assert scores["CSL, undecided left out"] == pytest.approx((0 + 4) / 2)
    assert _json(result)["counts"] == {
        "judge's replies that do not parse": 1,
        "responses without verdict by the judge": 1,
        "undecided constraints": 1,
    }


def test_undecided_left_out_differs_where_it_can(
    serve: Callable[..., ScriptedServer], run: Callable[..., Result]
) -> None:
    def judge(prompt: str, nth: int) -> str:
        return "['PARTIAL']" if "to content 2 level 1." in prompt else _judge(prompt, nth)

    scores = _scores(run(serve(_both(judge)), "--json"))
    assert scores["HSR"] == pytest.approx(0.7)
    assert scores["HSR, undecided left out"] == pytest.approx((1 + 0.75 + 0.75 + 0.5 + 0.75) / 5)
    assert scores["CSL, undecided left out"] == pytest.approx((2 + 4) / 2)


def test_a_judge_that_never_parses(serve: Callable[..., ScriptedServer], run: Callable[..., Result]) -> None:
    result = run(serve(_both(lambda prompt, nth: "Both are fine, YES")), "--json")
    scores = _scores(result)
    assert scores["SSR, the 10 judged rows only"] == 0
    assert scores["HSR, undecided left out"] == pytest.approx(0.9)  # the examples are all there is
    assert all(0 <= value <= 5 for value in scores.values())
    assert _json(result)["counts"]["judge's replies that do not parse"] == 10


def test_a_failing_judge_is_no_verdict_and_is_asked_again(
    serve: Callable[..., ScriptedServer], run: Callable[..., Result], tmp_path: Path
) -> None:
    broken = True

    def judge(prompt: str, nth: int) -> Reply | str | int:
        return 500 if broken and "content 2" in prompt else _judge(prompt, nth)

    server = serve(_both(judge))
    result = run(server, "--json")
    assert _scores(result)["HSR"] == pytest.approx((0.75 + 0.75 + 0.5 + 0.5 + 0.5) / 5)
    assert _json(result)["counts"]["judge's calls that failed"] == 5
    assert any("status 500" in check.reason for item in load_result(tmp_path / "out").items for check in item.checks)
    before = server.calls.total()
    broken = False
    assert _scores(run(server, "--json"))["HSR"] == pytest.approx(0.7)
    assert server.calls.total() == before + 5  # only what failed
    assert _scores(run(server, "--json"))["HSR"] == pytest.approx(0.7)
    assert server.calls.total() == before + 5


def test_a_refused_key_ends_the_run(serve: Callable[..., ScriptedServer], run: Callable[..., Result]) -> None:
    result = run(serve(_both(lambda prompt, nth: 401)))
    assert isinstance(result.exception, SparError)
    assert "status 401" in str(result.exception)


def test_failed_responses_meet_nothing_and_are_not_judged(
    serve: Callable[..., ScriptedServer], run: Callable[..., Result], tmp_path: Path
) -> None:
    def answer(prompt: str, nth: int) -> Reply | str | int:
        if prompt == "content 1 level 4.":
            return Reply("cut off here", finish_reason="length")
        return _both(_judge)(prompt, nth)

    server = serve(answer)
    result = run(server, "--json")
    assert _json(result)["counts"] == {"no response: length": 1}
    assert _table(_json(result), "SSR by level")[3] == pytest.approx(((0 + 1 / 4) / 2 + 0.5) / 2)
    assert not any("cut off here" in prompt for prompt in server.calls)
    [item] = [item for item in load_result(tmp_path / "out").items if item.problem]
    assert [check.verdicts["satisfied"] for check in item.checks] == [False] * 4


def test_rules_only_asks_no_judge_and_only_what_rules_score(
    serve: Callable[..., ScriptedServer], run: Callable[..., Result]
) -> None:
    server = serve(_model)
    result = run(server, "--rules-only", "--json", judge=False)
    assert _scores(result) == pytest.approx({"HSR": 0.9, "SSR": 0.9, "CSL": 4})
    assert server.calls.total() == 10
    assert "|judge:none|mean" in _json(result)["signature"]
    assert "one of --judge" in str(run(server, judge=False).exception)
    assert "one of --model" in str(run(server, "--model", "smollm2", responses=Path("x.jsonl")).exception)


def test_fixed_rules_stand_beside_the_official_ones(
    serve: Callable[..., ScriptedServer], run: Callable[..., Result]
) -> None:
    """A line end after the form fails it officially."""
    server = serve(lambda prompt, nth: "Bot: fine\n\nmore" if "level 2" in prompt else "Bot: fine \n")
    result = run(server, "--rules-only", "--checker", "fixed", "--json", judge=False)
    assert _scores(result) == pytest.approx({"HSR": 0.8, "SSR": 0.8, "CSL": 1})
    assert _table(_json(result), "the repository's rules, and the fixed") == pytest.approx([0, 0.8, 0, 0.8, 0, 1])
    assert "checker:fixed" in _json(result)["signature"]


def test_limit_takes_whole_groups_of_each_category(
    serve: Callable[..., ScriptedServer], run: Callable[..., Result]
) -> None:
    result = run(serve(_both(_judge)), "--limit", "1", "--json")
    assert _scores(result)["CSL"] == pytest.approx((2 + 3) / 2)
    assert "no interval" in _json(result)["scores"][0]["method"]  # nothing to draw from
    result = run(serve(_both(_judge)), "--category", "content", "--json")
    assert _scores(result) == pytest.approx({"HSR": 0.5, "SSR": 3.2083333333 / 5, "CSL": 1})


def test_dry_run_makes_no_call(
    serve: Callable[..., ScriptedServer], run: Callable[..., Result], tmp_path: Path
) -> None:
    server = serve(_both(_judge))
    out = run(server, "--dry-run", "--votes", "3").output
    assert re.search(r"^responses, openai:m@\S+: 20 calls for 20 samples", out, re.M)
    assert re.search(r"^judgements, openai:m@\S+: 10 calls for 30 samples", out, re.M)
    assert server.calls.total() == 0
    assert not (tmp_path / "out").exists()
    run(server)
    plans = _json(run(server, "--dry-run", "--json"))
    assert [plan["calls"] for plan in plans] == [0, 0]


def test_votes_are_asked_in_one_request(serve: Callable[..., ScriptedServer], run: Callable[..., Result]) -> None:
    server = serve(_both(_judge))
    assert _scores(run(server, "--votes", "3", "--json"))["HSR"] == pytest.approx(0.7)
    judged = [r for r in server.requests if "### Your task" in r["messages"][-1]["content"]]
    assert {(r["n"], r["temperature"]) for r in judged} == {(3, 0.7)}
    assert server.calls.total() == 30


def test_responses_of_a_file_with_two_samples(
    serve: Callable[..., ScriptedServer], run: Callable[..., Result], tmp_path: Path
) -> None:
    """Sample 1 fails every form: example HSR is the mean of .9 and 0, CSL that of 4 and 0."""
    lines = [
        {"prompt": row["instruction"], "sample": sample, "response": "bad" if sample else _model(row["instruction"], 1)}
        for row in example_rows()
        for sample in (0, 1)
    ]
    file = tmp_path / "answers.jsonl"
    file.write_text("\n".join(map(json.dumps, lines)))
    server = serve(_judge)
    result = run(server, "--category", "example", "--json", responses=file)
    assert _scores(result) == pytest.approx({"HSR": 0.45, "SSR": 0.45, "CSL": 2})
    assert server.calls.total() == 0
    result = run(server, "--category", "content", "--json", responses=file)
    assert _json(result)["counts"] == {"no response: missing": 20}


def test_missing_levels_are_named_and_left_out_of_csl(
    serve: Callable[..., ScriptedServer], run: Callable[..., Result], tmp_path: Path
) -> None:
    rows = [row for row in content_rows() if (row["example_id"], row["level"]) not in ((1, 3), (2, 0))]
    folder = write_files(tmp_path / "gaps", content=rows)
    result = run(serve(_both(_judge)), "--json", folder=folder)
    assert _scores(result)["CSL"] == 0  # of content/2 alone
    assert _table(_json(result), "HSR by level") == pytest.approx([0.5, 0.5, 1, 0.5, 0.5])
    notes = " ".join(_json(result)["notes"])
    assert "content/1 has 1, 2, 4, 5" in notes
    assert "without level 0" in notes and "content/2" in notes
    assert _json(result)["counts"] == {"groups with missing levels": 1}


def test_in_python(data: Path) -> None:
    rows = [*content_rows(), *example_rows()]
    model = FunctionModel(lambda request: _model(request.messages[-1].content, 1), name="m")
    judge = FunctionModel(lambda request: _judge(request.messages[-1].content, 1), name="j")
    result = followbench(model, data=rows, judge=judge)
    assert [score.value for score in result.scores[:3]] == pytest.approx([0.7, 3.8541666667 / 5, 2.5])
    assert result.items == followbench(model, data=str(data), judge=judge).items
    assert [phase for phase, _ in result.calls] == ["respond", "judge"] and result.model == "m"
    texts = [item.response for item in result.items]
    again = followbench(responses=texts, data=rows, rules_only=True, categories=("example",))
    assert again.score("HSR").value == pytest.approx(0.9) and "model:responses" in again.signature
