"""The commands of every recipe, word for word."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest
from loop_commands import SPAR, commands, named

from spar_train.loop.config import LoopConfig
from spar_train.loop.steps import loop_steps


def test_an_iteration_of_spar() -> None:
    store = "--store runs/x/completions.sqlite"
    assert commands(SPAR, 1) == [
        "spar-data selfplay runs/x/prompts/iteration-1.parquet --actor hf:m/actor --refiner hf:m/refiner --judge rules "
        f"--out runs/x/iteration-1/selfplay {store}",
        "spar-data pairs runs/x/iteration-1/selfplay --recipe spar --recipe refiner-paper --out runs/x/iteration-1/pairs "
        + store,
        "spar-train dpo runs/x/iteration-1/pairs/dpo.parquet --recipe spar --model m/actor --seed 0 "
        "--out runs/x/iteration-1/actor",
        "spar-train rft runs/x/iteration-1/pairs/rft.parquet --model m/refiner --seed 0 --out runs/x/iteration-1/refiner",
    ]


def test_the_next_iteration_uses_the_trained_models() -> None:
    play, _, dpo, rft = commands(SPAR, 2)
    assert (
        "iteration-2.parquet --actor hf:runs/x/iteration-1/actor/model --refiner hf:runs/x/iteration-1/refiner/model"
        in play
    )
    assert "--model runs/x/iteration-1/actor/model --seed 0 --out runs/x/iteration-2/actor" in dpo
    assert "--model runs/x/iteration-1/refiner/model --seed 0 --out runs/x/iteration-2/refiner" in rft


def test_the_refiner_may_start_from_the_base() -> None:
    config = dataclasses.replace(SPAR, refiner_start="base", refiner_rows="refiner-authors")
    rft = commands(config, 2)[3]
    assert "rft_authors.parquet --model m/refiner" in rft
    assert "--refiner hf:runs/x/iteration-1/refiner/model" in commands(config, 2)[0]


def test_rules_stay_a_second_refiner_in_every_iteration() -> None:
    config = dataclasses.replace(SPAR, refiners=("hf:m/refiner", "rules"), judge="")
    assert "--refiner hf:runs/x/iteration-1/refiner/model --refiner rules --out" in commands(config, 2)[0]


@pytest.mark.parametrize(
    ("refiners", "why"),
    [
        (("rules",), "rules refine alone: nothing to train"),
        (("openai:r@http://localhost:1/v1", "rules"), "the refiner is behind an API and stays as it is"),
    ],
)
def test_a_refiner_that_cannot_be_trained(refiners: tuple[str, ...], why: str) -> None:
    config = dataclasses.replace(SPAR, refiners=refiners)
    assert named(config, "iteration-2/refiner").skip == why
    assert "refiner-paper" not in named(config, "iteration-1/pairs").argv
    assert f"--refiner {refiners[0]}" in commands(config, 2)[0]


def test_without_rows_the_next_iteration_keeps_the_refiner() -> None:
    stayed = commands(SPAR, 2, frozenset({1}))
    assert "--refiner hf:m/refiner" in stayed[0]
    assert "--model m/refiner" in stayed[3]
    step = next(each for each in loop_steps(SPAR, frozenset({1})) if each.name == "iteration-1/refiner")
    assert "no rows" in step.skip


def test_direct() -> None:
    config = dataclasses.replace(SPAR, recipe="direct", refiners=())
    play, pairs, dpo = commands(config, 1)
    assert "--refiner rules --judge rules" in play
    assert "--no-search" in play
    assert "--recipe direct --out" in pairs
    assert dpo.startswith("spar-train dpo runs/x/iteration-1/pairs/dpo_direct.parquet --recipe direct --model m/actor")


def test_self_rewarding_is_scored_by_the_actor_of_the_iteration() -> None:
    config = dataclasses.replace(SPAR, recipe="self-rewarding", refiners=(), judge="", constraints=False)
    play, pairs, dpo = commands(config, 2)
    actor = "hf:runs/x/iteration-1/actor/model"
    assert (
        f"--actor {actor} --refiner {actor} --samples 4 --temperature 0.7 --votes 1 --no-search --out" in play
    )  # no checker can judge, and no verdict counts
    assert f"--recipe self-rewarding --judge {actor} --out runs/x/iteration-2/pairs" in pairs
    assert "pairs/dpo_self_rewarding.parquet --recipe self-rewarding --model runs/x/iteration-1/actor/model" in dpo
    cheap = dataclasses.replace(config, constraints=True)
    assert "--refiner rules" in commands(cheap, 2)[0]


def test_meta_rewarding_trains_on_judgements_in_two_iterations_only() -> None:
    config = dataclasses.replace(SPAR, recipe="meta-rewarding", refiners=(), judge="hf:m/judge", iterations=3)
    assert "--samples 7 --temperature 0.8 --top-p 0.95" in commands(config, 1)[0]
    assert "--judge hf:m/judge" in commands(config, 3)[1]
    assert ["judge_pairs=false" in commands(config, t)[1] for t in (1, 2, 3)] == [False, False, True]


def test_spin_also_uses_the_samples_of_the_previous_iteration() -> None:
    config = dataclasses.replace(SPAR, recipe="spin", refiners=(), judge="", sft="sft/actor.parquet")
    first, second = commands(config, 1)[1], commands(config, 2)[1]
    assert "--recipe spin --add sft=sft/actor.parquet --out runs/x/iteration-1/pairs --store" in first
    assert "--previous runs/x/iteration-1/selfplay" in second
    assert "--samples 1" in commands(config, 1)[0]


def test_iterative_rpo() -> None:
    config = LoopConfig("gsm8k.jsonl", "hf:m/actor", "runs/x", recipe="iterative-rpo", evals=("none",), iterations=2)
    gold, dpo = commands(config, 2)
    assert gold == (
        "spar-data gold runs/x/prompts/iteration-2.jsonl --model hf:runs/x/iteration-1/actor/model --recipe iterative-rpo --seed 0 "
        "--out runs/x/iteration-2/gold --store runs/x/completions.sqlite"
    )
    assert (
        "dpo runs/x/iteration-2/gold/pairs.parquet --recipe iterative-rpo --model runs/x/iteration-1/actor/model" in dpo
    )


@pytest.mark.parametrize("recipe", ["star", "rest-em"])
def test_star_and_rest_em_fine_tune_the_first_actor_every_time(recipe: str) -> None:
    config = LoopConfig("gsm8k.jsonl", "smollm2", "runs/x", recipe=recipe, evals=("none",), iterations=2)
    gold, sft = commands(config, 2)
    assert f"--model hf:runs/x/iteration-1/actor/model --recipe {recipe} --seed 0 --out" in gold
    assert sft == (
        "spar-train sft runs/x/iteration-2/gold/dialogues.parquet --model smollm2 --seed 0 --out runs/x/iteration-2/actor"
    )


def test_evaluations_of_actor_refiner_and_start() -> None:
    config = dataclasses.replace(
        SPAR,
        evals=("fresh:50", "held-out:20", "ifeval=i.jsonl", "llmbar=bar", "refinement=r.jsonl"),
        eval_store="e.sqlite",
    )
    assert commands(config, 0) == [
        "spar-eval ifeval --model hf:m/actor --data runs/x/eval/fresh.jsonl --out runs/x/iteration-0/eval/fresh --store e.sqlite",
        "spar-eval verifiable runs/x/eval/held-out.parquet --model hf:m/actor --out runs/x/iteration-0/eval/held-out "
        "--store e.sqlite",
        "spar-eval ifeval --model hf:m/actor --data i.jsonl --out runs/x/iteration-0/eval/ifeval --store e.sqlite",
        "spar-eval llmbar --judge hf:m/refiner --data bar --out runs/x/iteration-0/eval/llmbar --store e.sqlite",
        "spar-eval refinement --model hf:m/refiner --judge rules --prompts p.parquet --data r.jsonl --out runs/x/iteration-0/eval/refinement "
        "--store e.sqlite",
    ]
    assert "--judge hf:runs/x/iteration-1/refiner/model" in commands(config, 1)[7]
    stays = dataclasses.replace(config, refiners=("openai:r@http://localhost:1/v1",))
    assert "API" in named(stays, "iteration-1/eval/llmbar").skip
    assert not named(stays, "iteration-0/eval/llmbar").skip


def test_options_of_steps() -> None:
    config = dataclasses.replace(
        SPAR,
        overrides=(
            "selfplay.samples=3", "selfplay.early_stop=true", "selfplay.verifiable=false", "pairs.set=spar.above=0.6",
            "pairs.format=trl", "train.learning-rate=1e-5", "rft.learning-rate=2e-5",
        ),
        accelerate="zero3.yaml",
    )  # fmt: skip
    play, pairs, dpo, rft = commands(config, 1)
    assert "--judge rules --samples 3 --early-stop --out runs/x/iteration-1/selfplay" in play
    assert "--set spar.above=0.6 --format trl --out" in pairs
    assert dpo.startswith("accelerate launch --config_file zero3.yaml -m spar_train.cli.main dpo runs/x")
    assert "--recipe spar --model m/actor --learning-rate 1e-05 --seed 0 --out" in dpo
    assert "--model m/refiner --learning-rate 2e-05 --seed 0 --out" in rft


def test_the_same_prompts_again() -> None:
    assert "iteration-1.parquet" in commands(dataclasses.replace(SPAR, same_prompts=True), 2)[0]


def test_a_step_is_its_folder() -> None:
    for step in loop_steps(dataclasses.replace(SPAR, evals=("fresh:5",))):
        assert step.out == Path("runs/x") / step.name
