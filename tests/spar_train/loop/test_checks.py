"""Loops that cannot work are refused before anything is written."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from spar_data.core.errors import SparError
from spar_train.cli.main import cli

SPAR = ["--actor", "smollm2", "--refiner", "smollm2", "--refiner", "rules", "--judge", "rules", "--eval", "none"]


def run(*arguments: str) -> Result:
    return CliRunner().invoke(cli, ["loop", *arguments, "--dry-run"])


API = "openai:m@http://localhost:1/v1"


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (["--actor", API, "--refiner", "rules"], "--actor openai:.*cannot be trained: hf:PATH"),
        (["--actor", "hf:m,lora=a", "--refiner", "rules"], "merge it into the model first"),
        (["--actor", "hf:m,template=t", "--refiner", "rules"], "put it into the model's folder"),
        (["--actor", "smollm2"], "--refiner SPEC is missing"),
        (["--actor", "smollm2", "--refiner", "hf:a", "--refiner", "hf:b"], "a model and rules are expected"),
        (["--actor", "smollm2", "--pairs", "direct"], "a judge is missing"),
        (["--actor", "smollm2", "--pairs", "spin"], "--sft FILE .*is missing"),
        (["--actor", "smollm2", "--refiner", "rules", "--sft", "x"], "--sft is for --pairs spin"),
        (["--actor", "smollm2", "--pairs", "star", "--refiner", "rules"], "leave out --refiner"),
        (["--actor", "smollm2", "--pairs", "star", "--judge", "rules"], "leave out --judge"),
        (["--actor", "smollm2", "--pairs", "self-rewarding", "--judge", "rules"], "a model has to give scores"),
        (["--actor", "smollm2", "--refiner", "rules", "--eval", "llmbar"], "--refiner with a model is expected"),
        (
            ["--actor", "smollm2", "--refiner", "rules", "--set", "selfplay.sampels=3"],
            "`selfplay` has no option --sampels. Did you mean 'samples'",
        ),
        (
            ["--actor", "smollm2", "--refiner", "rules", "--set", "selfplay.samples=x"],
            "'samples' = 'x': int is expected",
        ),
        (
            ["--actor", "smollm2", "--refiner", "rules", "--set", "dpo.held-out=-1"],
            "held_out = -1: a number of at least 0",
        ),
        (["--actor", "smollm2", "--refiner", "rules", "--set", "pairs.format=x"], "format = 'x' is not known"),
        (["--actor", "smollm2", "--refiner", "rules", "--set", "train.train-critique=true"], "`dpo` has no option"),
        (["--actor", "smollm2", "--refiner", "rules", "--set", "dpo.out=x"], "the loop sets --out itself"),
        (["--actor", "smollm2", "--refiner", "rules", "--set", "gold.samples=3"], "this loop has no step gold"),
        (
            ["--actor", "smollm2", "--refiner", "rules", "--set", "dpo.gradient-checkpointing=1"],
            "= 1: bool is expected",
        ),
        (
            ["--actor", "smollm2", "--refiner", "rules", "--set", "sft.epoch=1"],
            "no option --epoch. Did you mean 'epochs'",
        ),
        (["--actor", "smollm2", "--refiner", "rules", "--set", "selfplay.search=dsf"], "search = 'dsf' is not known"),
        (["--actor", "smollm2", "--refiner", "rules", "--per-iteration", "60"], "180 are needed"),
        (["--actor", "smollm2", "--refiner", "rules", "--eval", "fresh"], "fresh:N"),
        (["--actor", "smollm2", "--refiner", "rules", "--set", "pairs.max-cost=3"], "the loop would train on it"),
    ],
)
def test_impossible_loops_are_refused_before_anything_is_written(
    prompts: Path, tmp_path: Path, arguments: list[str], why: str
) -> None:
    out = tmp_path / "out"
    found = run(str(prompts), *arguments, "--out", str(out))
    assert isinstance(found.exception, SparError), found.output
    with pytest.raises(SparError, match=why):
        raise found.exception
    assert not out.exists()


def test_rules_need_constraints(tmp_path: Path) -> None:
    file = tmp_path / "plain.jsonl"
    file.write_text('{"prompt": "Say something."}\n')
    for arguments in (["--refiner", "rules"], ["--refiner", "smollm2", "--eval", "held-out:1"]):
        found = run(str(file), "--actor", "smollm2", *arguments, "--out", str(tmp_path / "out"))
        assert "constraints" in str(found.exception)
        assert isinstance(found.exception, SparError)


def test_characters_in_out_that_break_model_specs_are_refused(prompts: Path, tmp_path: Path) -> None:
    found = run(str(prompts), *SPAR, "--out", str(tmp_path / "a,b"))
    assert "without ',' and '@'" in str(found.exception)
