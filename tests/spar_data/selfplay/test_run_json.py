"""Settings in run.json: what decides a result, and nothing else."""

from __future__ import annotations

import pytest

from spar_data.core.errors import SparError
from spar_data.models import FunctionModel
from spar_data.selfplay import run_json
from spar_data.selfplay.judge.judges import judge_of
from spar_data.selfplay.judge.votes import VoteRule


def test_models_by_name_and_identity_without_their_address() -> None:
    one, other = (run_json.model(f"openai:m@http://{host}/v1") for host in ("one", "other"))
    assert one == other and one["name"] == "m" and "http" not in str(one)
    assert run_json.model("openai:n@http://one/v1") != one
    assert run_json.model(None) == run_json.model("rules") == {"name": "rules"}
    assert run_json.model(FunctionModel(lambda request: "x", name="mine"))["name"] == "mine"


def test_judges_with_how_they_are_asked() -> None:
    judge = run_json.judge(judge_of("openai:m@http://one/v1", VoteRule(3), 0.5, 64))
    assert {name: judge[name] for name in ("votes", "temperature", "max_tokens")} == {
        "votes": 3, "temperature": 0.5, "max_tokens": 64,
    }  # fmt: skip
    assert run_json.judge(judge_of("rules")) == {"name": "rules"}


def test_prompts_by_their_ids_in_order() -> None:
    assert run_json.source(["a", "b"]) != run_json.source(["b", "a"]) and run_json.source(["a", "b"])["prompts"] == 2
    with pytest.raises(SparError, match="no prompt"):
        run_json.source([])
    assert run_json.place("") == {"path": "", "sha256": ""}
