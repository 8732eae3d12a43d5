"""Options and output that the evaluators share."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from spar_data.models.estimate import CallPlan
from spar_eval.cli.options import finish, result_folder, show_plan, show_plans
from spar_eval.results import Result

RESULT = Result("ifeval", "my-model", "ifeval|n:0", scores=(), items=())
PLAN = CallPlan(3, 6, 100, 200, None)


@pytest.mark.parametrize(
    ("model", "name"),
    [
        ("openai:m@http://x:1/v1", "openai-m-http---x-1-v1"),
        ("../../etc", "etc"),
        ("", "responses"),
        ("x" * 99, "x" * 80),
    ],
)
def test_the_default_folder_is_a_safe_name(model: str, name: str) -> None:
    assert result_folder("ifeval", model) == Path("runs/eval/ifeval") / name


def test_finish_writes_and_prints(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    finish(RESULT, tmp_path, as_json=False)
    assert capsys.readouterr().out.splitlines()[-2:] == ["ifeval|n:0", f"{tmp_path}/report.html"]
    finish(RESULT, tmp_path, as_json=True, fields={"calls": 3})
    plain = json.loads(capsys.readouterr().out)
    assert (plain["calls"], plain["out"], plain["signature"]) == (3, str(tmp_path), "ifeval|n:0")
    assert (tmp_path / "results.json").exists()


def test_plans(capsys: pytest.CaptureFixture[str]) -> None:
    show_plan(None, None, as_json=False)
    assert "the responses are given" in capsys.readouterr().out
    show_plans([("judge", "m", PLAN)], as_json=False)
    assert capsys.readouterr().out.splitlines() == [f"judge, m: {PLAN}", "No call was made."]
    show_plans([("judge", "m", PLAN)], as_json=True)
    assert json.loads(capsys.readouterr().out)[0] | {"usd": 0} == {
        "phase": "judge", "model": "m", "calls": 3, "samples": 6, "prompt_tokens": 100, "completion_tokens": 200, "usd": 0,
    }  # fmt: skip
