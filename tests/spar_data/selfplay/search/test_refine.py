"""Decoding as a search: texts and calls are those recorded from separate implementations of each decoding."""

from __future__ import annotations

import json
from pathlib import Path

import decoding_world as world
import pytest
from server import Serve

from spar_data.models import Store
from spar_data.models.phases import Phases
from spar_data.selfplay.judge.judges import ModelJudge
from spar_data.selfplay.refine.refiners import Case, ModelRefiner
from spar_data.selfplay.search.orders import SearchConfig
from spar_data.selfplay.search.refine import refine_all

RECORDED = json.loads(Path(__file__).with_name("decodings.json").read_text())
CONFIGS = {
    "greedy": SearchConfig("greedy", last_text=True),
    "best-of-n": SearchConfig("best-of-n", rounds=1),
    **{
        f"iterative, depth {depth}": SearchConfig("iterative", depth=depth, rounds=1, last_text=True)
        for depth in (2, 3, 5)
    },
}


def _cases(*names: str) -> list[Case]:
    return [Case(f"Write {name}.", name, world.JUDGEMENT) for name in names]


@pytest.mark.parametrize("name", CONFIGS)
def test_texts_and_calls_are_the_recorded_ones(name: str, serve: Serve, store: Store) -> None:
    server = serve(world.answer, whole=True)
    spec, phases = f"openai:m@{server.url}", Phases(store)
    refiner = ModelRefiner(spec, 0.7 if name == "best-of-n" else 0.0)
    refined = refine_all(_cases(*world.NAMES), refiner, ModelJudge(spec), phases, CONFIGS[name])
    recorded = RECORDED[name]
    assert world.record([each.text for each in refined], [each.problem for each in refined], server) == recorded
    assert {"unparsed", "unchanged", "failed"} <= set(recorded["outcomes"]) or name == "best-of-n"


def test_every_reply_and_verdict_is_a_step(serve: Serve, store: Store) -> None:
    server = serve(world.answer, whole=True)
    spec = f"openai:m@{server.url}"
    config = SearchConfig("iterative", depth=5, rounds=1, last_text=True)
    refined = refine_all(_cases(*world.NAMES), ModelRefiner(spec), ModelJudge(spec), Phases(store), config)
    for each in refined:
        texts = [step["text"] for step in each.steps if "text" in step]
        assert each.text == (texts[-1] if texts else "") and bool(each.text) == (not each.problem)
        assert [step["node"] for step in each.steps] == list(range(1, len(each.steps) + 1))
        assert not any("votes" in step for step in each.steps[4:]), "the deepest text is not judged"
        assert all(len(step["votes"]) == 5 for step in each.steps[:-1])
    assert max(len(each.steps) for each in refined) == 5
    assert refine_all([], ModelRefiner(spec), ModelJudge(spec), Phases(store), config) == []
