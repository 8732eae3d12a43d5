"""Specs of trained models keep engine and options."""

from __future__ import annotations

import dataclasses

from loop_commands import SPAR, commands


def test_other_engines_and_the_options_of_a_spec() -> None:
    config = dataclasses.replace(SPAR, actor="vllm:m/actor,tp=2,memory=0.8", refiners=("smollm2,batch=4",))
    play, _, dpo, rft = commands(config, 2)
    assert "--actor vllm:runs/x/iteration-1/actor/model,tp=2,memory=0.8" in play
    assert "--refiner hf:runs/x/iteration-1/refiner/model,batch=4" in play
    assert "--model runs/x/iteration-1/actor/model" in dpo
    assert "--model smollm2" in commands(config, 1)[3]
    assert "--model runs/x/iteration-1/refiner/model" in rft
    assert "--actor hf:runs/x/iteration-1/actor/model --" in commands(dataclasses.replace(config, engine="hf"), 2)[0]
