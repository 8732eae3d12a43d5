"""evolve: constraints by rules or by a model; who gets none is dropped or failed, with the reason."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from spar_data.core.assets import asset
from spar_data.core.errors import SparError
from spar_data.models import Failure, FunctionModel, Limits, Request, Store
from spar_data.prompts.evolve.draw import EvolveConfig
from spar_data.prompts.evolve_seeds import evolve

STORY = "Write a short story about a lighthouse keeper."


def test_rules_repeat_the_release() -> None:
    seeds = pl.read_parquet(asset("releases/spar-mini-1.0.0/data/seeds.parquet")).head(200)
    released = pl.read_parquet(asset("releases/spar-mini-1.0.0/data/prompts.parquet"))
    released = released.filter(pl.col("seed_id").is_in(seeds["id"].to_list()))
    result = evolve(seeds)
    assert [prompt.id for prompt in result.kept] == released["id"].to_list()
    assert len(result.kept) + len(result.dropped) == 200 and not result.failed
    assert {drop.stage for drop in result.dropped} == {"evolve"}


def test_settings_decide_the_number_of_constraints() -> None:
    result = evolve([STORY], config=EvolveConfig(min_extra=0, max_extra=0))
    assert len(result.kept[0].constraints) == 1
    assert evolve([STORY], seed=7).kept != evolve([STORY], seed=8).kept


def _teacher(request: Request) -> str | Failure:
    seed = request.prompt.split("[[start]]")[1].split("[[end]]")[0]
    if "poem" in seed:
        return "None"
    if "fails" in seed:
        return Failure("refused", "not today")
    return f"[[start]]{seed.replace('red', 'blue')} Use no commas.[[end]]"


def test_a_model_teacher(tmp_path: Path) -> None:
    prompts = [STORY, "A poem on tea.", "This one fails.", "Describe a red house.", "Describe a blue house."]
    model = FunctionModel(_teacher, "teacher", revision="1")
    with Store(tmp_path / "answers.sqlite") as store:
        result = evolve(prompts, model, store=store)
        assert [prompt.text for prompt in result.kept] == [
            f"{STORY} Use no commas.",
            "Describe a blue house. Use no commas.",
        ]
        assert [drop.reason for drop in result.dropped] == ["teacher answered None", "same prompt as another seed's"]
        assert result.dropped[1].cause == "Describe a red house."
        assert [(drop.prompt, drop.reason) for drop in result.failed] == [("This one fails.", "refused")]
        again = evolve(prompts, FunctionModel(lambda request: pytest.fail("asked again"), "teacher", "1"),
                       store=store, limits=Limits(max_tokens_total=1))  # fmt: skip
        assert again.kept == result.kept
    assert "1 failed" in repr(result)


def test_a_wrong_teacher_is_an_error() -> None:
    with pytest.raises(SparError):
        evolve([STORY], "no-such-kind:model")
