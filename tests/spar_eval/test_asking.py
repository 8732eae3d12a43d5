"""The calls of an evaluation: answers are kept in the store that is given, else until the evaluation ends."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from spar_data.models import FunctionModel, Request
from spar_eval.asking import open_rounds


def test_a_file_keeps_answers_and_a_temporary_store_does_not(ask: Callable[..., Request], tmp_path: Path) -> None:
    prompts: list[str] = []

    def reply(request: Request) -> str:
        prompts.append(request.prompt)
        return "hello"

    model = FunctionModel(reply)
    for store in (tmp_path / "kept.sqlite", str(tmp_path / "kept.sqlite"), None, None):
        with open_rounds(store) as rounds:
            [[answer]] = rounds.ask("respond", model, [ask("Say hello.")])
            assert getattr(answer, "text", "") == "hello" and [phase for phase, _ in rounds.tallies] == ["respond"]
    assert len(prompts) == 3
