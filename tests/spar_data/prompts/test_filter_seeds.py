"""filter_prompts: kept prompts, and a stage, reason, score and cause for each other one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from spar_data.core.assets import asset
from spar_data.core.errors import SparError
from spar_data.core.ids import row_id
from spar_data.core.records import Constraint, Prompt
from spar_data.prompts.filter_seeds import filter_prompts
from spar_data.prompts.filters import FilterConfig
from spar_data.prompts.recipe import load_recipe
from spar_data.prompts.seeds.selfbleu.settings import SelfBleuConfig

SEA = "Write a short poem about the sea in autumn, please."
TEXTS = [
    SEA,
    "Plan three dinners for a family of five.",
    "write a short poem about the sea in autumn, please",
    "Write a short poem about the sea in autumn, please, for my mother.",
    "Hi",
    "Schreib mir bitte einen kurzen Brief an meine Nachbarin.",
    "What do you see in this picture of a dog?",
]


def test_each_drop_has_stage_reason_score_and_cause() -> None:
    result = filter_prompts(TEXTS, languages=("en",), seed=1)
    drops = {drop.stage: drop for drop in result.dropped}
    assert list(drops) == ["duplicate", "length", "keyword", "language", "self-bleu"]
    assert [prompt.text for prompt in result.kept] == [t for t in TEXTS if t not in {d.prompt for d in result.dropped}]
    assert drops["duplicate"].prompt == TEXTS[2] and drops["duplicate"].cause == SEA
    assert (drops["length"].reason, drops["length"].score) == ("too short (characters)", 2.0)
    assert drops["language"].reason == "language: de" and drops["language"].score is None
    similar = drops["self-bleu"]
    assert {similar.prompt, similar.cause} == {SEA, TEXTS[3]} and 0.5 < (similar.score or 0) < 1
    assert "t:0.5|order:seed1" in result.signature
    assert repr(result).startswith("PromptResult(2 kept, 5 dropped: 1 'duplicate'")


def test_the_frame_has_one_row_a_prompt() -> None:
    frame = filter_prompts(TEXTS).to_polars()
    assert len(frame) == len(TEXTS) and set(frame["prompt"]) == set(TEXTS)
    assert frame["status"].value_counts().sort("status").rows() == [("dropped", 4), ("kept", 3)]


@pytest.mark.parametrize("limit", [{"threshold": 0.9}, {"config": FilterConfig(self_bleu=SelfBleuConfig(mode="off"))}])
def test_settings_of_self_bleu(limit: dict[str, Any]) -> None:
    assert {drop.stage for drop in filter_prompts(TEXTS, **limit).dropped} == {"duplicate", "length", "keyword"}


def test_max_kept_and_constraints_of_kept_prompts() -> None:
    constraint = Constraint("a.b.c", "Be brief.", "", "none", {})
    result = filter_prompts([Prompt(row_id(text), text, (constraint,)) for text in TEXTS[:2]], max_kept=1)
    assert len(result.kept) == 1 and result.kept[0].constraints == (constraint,)
    assert result.dropped[0].reason == "not needed: 1 seeds were kept before it"


def test_a_file_gives_the_seeds_of_the_recipe(tmp_path: Path) -> None:
    """The same filters as `spar-data seeds`: the released seeds pass them again, all but none."""
    seeds = asset("releases/spar-mini-1.0.0/data/seeds.parquet")
    result = filter_prompts(seeds, config=load_recipe("mini"))
    assert len(result.kept) == 2080 and not result.dropped


def test_no_prompts_and_bad_prompts() -> None:
    assert filter_prompts([]).kept == []
    with pytest.raises(SparError, match="row 2: prompt is blank"):
        filter_prompts([SEA, "  "])
