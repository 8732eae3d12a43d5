"""Estimates of what a self-play run would ask."""

from __future__ import annotations

from pathlib import Path

from spar_data.core.records import Constraint, Prompt
from spar_data.models import FunctionModel, Request, Store
from spar_data.selfplay.estimate import estimate_play, existing_store, plan_text
from spar_data.selfplay.play import play
from spar_data.selfplay.play_config import PlayConfig

_LOWER = Constraint("a.b.c", "Use small letters.", "character.lowercase", "whole", {})
_PROMPTS = [Prompt("one", "Say one.", (_LOWER,)), Prompt("two", "Say two.")]


def _answer(request: Request) -> str:
    return "Final Judgement: No" if "Final Judgement" in request.prompt else "A RESPONSE"


def test_an_estimate_is_what_a_run_without_success_asks(tmp_path: Path) -> None:
    """Nothing succeeds, nothing is a tie, and every refinement is new: all bounds but those of ties are reached."""
    numbers = iter(range(10_000))
    model = FunctionModel(
        lambda r: f"[[start]] version {next(numbers)} [[end]]" if "[[start]]" in str(r.messages) else _answer(r),
        revision="1", in_flight=1,
    )  # fmt: skip
    config = PlayConfig(model, (model,), samples=2, votes=3, depth=2)
    phases = {phase.phase: phase for phase in estimate_play(_PROMPTS, config, None)}
    with Store(tmp_path / "s.sqlite") as store:
        played = play(_PROMPTS, config, tmp_path / "run", store)
        counted = {phase: (tally.done + tally.cached) for phase, tally in played.calls}
        assert counted["respond"] == phases["respond"].samples == 4 and not phases["respond"].bound
        assert counted["judge"] == phases["judge"].samples == 12 and phases["judge"].bound
        assert phases["search: refine"].samples == 2 * 9 and phases["search: judge"].samples == 2 * 9 * 3
        assert counted["search"] == 2 * 9 + 2 * 9 * 3
        known = {phase.phase: phase for phase in estimate_play(_PROMPTS, config, store)}
    assert known["respond"].calls == known["judge"].calls == 0 and not known["judge"].bound


def test_rules_take_nothing() -> None:
    config = PlayConfig("smollm2", ("rules",), samples=1)
    phases = estimate_play(_PROMPTS, config, None)
    assert [phase.phase for phase in phases] == ["respond", "judge", "search: refine", "search: judge"]
    assert [phase.calls for phase in phases] == [2, 0, 0, 0]
    assert "rules: no calls, they run on this machine" in plan_text(phases)
    beside = estimate_play(_PROMPTS, PlayConfig("smollm2", ("smollm2", "rules"), depth=1, samples=1), None)
    assert beside[3].samples == 2 + 3, "of the first prompt one child of three is by rules"


def test_an_estimate_makes_no_file(tmp_path: Path) -> None:
    with existing_store(tmp_path / "none.sqlite") as store:
        assert store is None
    assert not list(tmp_path.iterdir())
