"""Scores of responses to the test prompts of a study."""

from __future__ import annotations

from spar_data.study.scoring import score_study


def test_several_responses_a_prompt_do_not_narrow_the_interval() -> None:
    test = [{"prompt": p, "task": "letters", "params": {"wanted": {"a": 2}}} for p in "xy"]
    once = [{"prompt": "x", "response": "aa"}, {"prompt": "y", "response": "a"}]
    one, twice = score_study(test, once)["letters"], score_study(test, once * 2)["letters"]
    assert one.accuracy == twice.accuracy and twice.responses == 4 and one.accuracy.value == 0.5
