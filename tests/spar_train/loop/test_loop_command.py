"""What `spar-train loop` refuses before it begins, what --dry-run prints, and what `spar-train status` says."""

from __future__ import annotations

import json
from pathlib import Path

import polars as pl
import pytest
from click.testing import CliRunner, Result

from spar_data.core.errors import SparError
from spar_eval import results
from spar_eval.results import Check, Item
from spar_eval.run_folder import save_result
from spar_train.cli.main import cli
from spar_train.loop.config import LoopConfig
from spar_train.loop.progress import closing

MINI = Path("releases/spar-mini-1.0.0/data/prompts.parquet")
SPAR = ["--actor", "smollm2", "--refiner", "smollm2", "--refiner", "rules", "--judge", "rules", "--eval", "none"]


@pytest.fixture
def prompts(tmp_path: Path) -> Path:
    file = tmp_path / "prompts.parquet"
    pl.read_parquet(MINI).head(80).write_parquet(file)
    return file


def run(*arguments: str) -> Result:
    return CliRunner().invoke(cli, ["loop", *arguments, "--dry-run"])


def test_dry_run_prints_every_command_and_writes_nothing(prompts: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    found = run(str(prompts), *SPAR, "--iterations", "2", "--per-iteration", "5", "--out", str(out))
    assert found.exit_code == 0, found.output
    lines = found.output.splitlines()
    assert [line.split()[1] for line in lines if line.startswith("spar-")] == ["selfplay", "pairs", "dpo", "rft"] * 2
    assert "prompts: 80, 5 an iteration; measured on nothing" in found.output
    assert not out.exists()
    told = json.loads(run(str(prompts), *SPAR, "--json", "--out", str(out)).output)
    assert [each["step"] for each in told["steps"]][:2] == ["iteration-1/selfplay", "iteration-1/pairs"]
    assert told["prompts"]["prompts"] == 80


API = "openai:m@http://localhost:1/v1"


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (["--actor", API, "--refiner", "rules"], "--actor openai:.*cannot be trained: hf:PATH"),
        (["--actor", "hf:m,lora=a", "--refiner", "rules"], "merge it into the model first"),
        (["--actor", "hf:m,template=t", "--refiner", "rules"], "put it into the model's folder"),
        (["--actor", "smollm2"], "--refiner SPEC is missing"),
        (["--actor", "smollm2", "--refiner", "hf:a", "--refiner", "hf:b"], "a model and rules are expected"),
        (["--actor", "smollm2", "--pairs", "direct"], "who judges"),
        (["--actor", "smollm2", "--pairs", "spin"], "--sft FILE is missing"),
        (["--actor", "smollm2", "--refiner", "rules", "--sft", "x"], "--sft is for --pairs spin"),
        (["--actor", "smollm2", "--pairs", "star", "--refiner", "rules"], "leave out --refiner"),
        (["--actor", "smollm2", "--pairs", "star", "--judge", "rules"], "leave out --judge"),
        (["--actor", "smollm2", "--pairs", "self-rewarding", "--judge", "rules"], "scores are asked of a model"),
        (["--actor", "smollm2", "--refiner", "rules", "--eval", "llmbar"], "--refiner with a model is expected"),
        (["--actor", "smollm2", "--refiner", "rules", "--set", "selfplay.sampels=3"], "Did you mean 'samples'"),
        (["--actor", "smollm2", "--refiner", "rules", "--set", "selfplay.samples=x"], "'x' is not a valid integer"),
        (["--actor", "smollm2", "--refiner", "rules", "--set", "dpo.out=x"], "the loop gives --out itself"),
        (["--actor", "smollm2", "--refiner", "rules", "--set", "gold.samples=3"], "this loop has no step gold"),
        (["--actor", "smollm2", "--refiner", "rules", "--set", "dpo.gradient-checkpointing=1"], "true or false"),
        (["--actor", "smollm2", "--refiner", "rules", "--per-iteration", "60"], "180 are asked for"),
        (["--actor", "smollm2", "--refiner", "rules", "--eval", "fresh"], "fresh:N"),
        (["--actor", "smollm2", "--refiner", "rules", "--set", "pairs.max-cost=3"], "the loop would train on it"),
    ],
)
def test_what_cannot_work_is_refused_before_anything_is_written(
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


def test_an_out_that_no_model_spec_can_hold(prompts: Path, tmp_path: Path) -> None:
    found = run(str(prompts), *SPAR, "--out", str(tmp_path / "a,b"))
    assert "without ',' and '@'" in str(found.exception)


def scored(folder: Path, passed: list[list[bool]], cut_off: int = 0) -> None:
    items = tuple(
        Item(str(n), f"prompt {n}", "text", tuple(Check(f"type {k}", {"strict": ok, "loose": ok}, "") for k, ok in enumerate(each)))
        for n, each in enumerate(passed)
    )  # fmt: skip
    counts = {"length": cut_off} if cut_off else {}
    save_result(results.Result("verifiable", "m", "s", (), items, counts=counts), folder)


def loops(tmp_path: Path, *after: list[list[bool]]) -> list[LoopConfig]:
    configs = []
    for seed, passed in enumerate(after):
        out = tmp_path / f"seed-{seed}"
        scored(out / "iteration-0/eval/held-out", [[True, False], [False, False]] * 20, 12)
        scored(out / "iteration-1/eval/held-out", [[False, False]] * 40)
        scored(out / "iteration-2/eval/held-out", passed, 5)
        configs.append(LoopConfig("p.parquet", "smollm2", str(out), ("rules",), evals=("held-out:40",), seed=seed))
    return configs


def test_scores_of_all_seeds_together(tmp_path: Path) -> None:
    better, same = [[True, True], [True, False]] * 20, [[True, False], [False, False]] * 20
    prompts, instructions = closing(loops(tmp_path, better, same))
    assert (prompts.of, prompts.change.n, prompts.iteration, prompts.verdict) == ("prompts", 40, 2, "rose")
    assert prompts.by_loop == (0.5, 0.0)
    assert prompts.change.value == 0.25
    assert (instructions.change.a, instructions.change.b) == (0.25, 0.5)
    assert prompts.change.low <= 0.25 <= prompts.change.high
    assert prompts.cut_off == (24, 10)
    assert "0.0% at the start, 25.0% after iteration 2: +25.0 points" in prompts.line()
    assert "(by loop +50.0, +0.0): it rose; cut-off responses 24 -> 10" in prompts.line()


def test_no_change_is_said_as_such(tmp_path: Path) -> None:
    (config,) = loops(tmp_path, [[True, False], [False, False]] * 19 + [[True, True], [False, False]])
    prompts, _ = closing([config])
    assert prompts.verdict == "did not change beyond chance"
    (worse,) = loops(tmp_path / "w", [[False, False], [False, False]] * 20)
    assert closing([worse])[1].verdict == "fell"


def test_status_needs_the_folder_of_a_loop(tmp_path: Path) -> None:
    found = CliRunner().invoke(cli, ["status", str(tmp_path)])
    assert "the folder of `spar-train loop` is expected" in str(found.exception)


def test_status_of_a_loop_that_has_begun(tmp_path: Path) -> None:
    (config,) = loops(tmp_path, [[True, True], [True, False]] * 20)
    steps = {"iteration-1/selfplay": {"state": "running", "seconds": 3725.0}}
    facts = {"settings": {}, "config": config.to_dict(), "state": "running", "why": "", "steps": steps}
    (config.folder / "loop.json").write_text(json.dumps(facts))
    text = CliRunner().invoke(cli, ["status", config.out]).output
    assert "spar, 3 iterations, stopped (killed); the same command goes on" in text
    rows = {line.split()[0]: line.split()[1:] for line in text.splitlines() if line.startswith("iteration-")}
    assert rows["iteration-0/eval/held-out"][0] == "done"
    assert rows["iteration-1/selfplay"] == ["stopped", "1:02:05"]
    assert rows["iteration-1/refiner"][:2] == ["left", "out"]
    assert rows["iteration-3/pairs"] == ["waiting"]
    assert "it rose" in text
    told = json.loads(CliRunner().invoke(cli, ["status", config.out, "--json"]).output)
    assert told["scores"][0]["verdict"] == "rose"
