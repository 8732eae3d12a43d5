"""`spar-train sft|dpo|rft|config` as a user meets them: what they print, and what they refuse with status 2."""

from __future__ import annotations

import errno
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

torch = pytest.importorskip("torch")
import small_training as small  # noqa: E402

from spar_train.cli.main import main  # noqa: E402
from spar_train.training.files import checkpoint, export  # noqa: E402

Run = Callable[..., tuple[int, str, str]]
FAST = ("--learning-rate", "1e-3", "--batch-size", "4", "--max-steps", "2", "--schedule", "constant")


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return small.world(tmp_path_factory.mktemp("world"))


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> Run:
    """Runs a command line; returns its exit status, and what it printed to either stream."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))

    def call(*words: object) -> tuple[int, str, str]:
        monkeypatch.setattr("sys.argv", ["spar-train", *map(str, words)])
        capfd.readouterr()
        try:
            main()
            status = 0
        except SystemExit as end:
            status = int(str(end.code or 0))
        said = capfd.readouterr()
        return status, said.out, said.err

    return call


def test_a_training_from_end_to_end(world: Path, tmp_path: Path, run: Run) -> None:
    out = tmp_path / "out"
    words = ("dpo", world / "pairs.jsonl", "--model", world / "model", "--out", out, "--held-out", 2, *FAST)
    status, told, _ = run(*words, "--dry-run")
    assert status == 0 and "10 rows, 2 held out" in told and "2 steps of 4 rows" in told and not out.exists()
    status, told, _ = run(*words)
    assert status == 0 and "margin" in told and told.splitlines()[-1] == str(out / "model")
    weights = (out / "model" / "model.safetensors").read_bytes()
    status, told, said = run(*words, "--json")
    facts = json.loads(told)
    assert status == 0 and said == "" and facts["finished"] and facts["rows"]["count"] == 10
    assert run(*words)[2].startswith(f"{out} is finished: nothing to do")
    assert (out / "model" / "model.safetensors").read_bytes() == weights


def test_recipes_decide_beta_and_the_nll_weight(world: Path, tmp_path: Path, run: Run) -> None:
    words = ("dpo", world / "pairs.jsonl", "--model", world / "model", "--max-steps", 1, "--json", "--out")
    facts = json.loads(run(*words, tmp_path / "a", "--recipe", "iterative-rpo")[1])
    assert (facts["settings"]["beta"], facts["settings"]["nll_weight"]) == (0.1, 1.0)
    facts = json.loads(run(*words, tmp_path / "b", "--recipe", "self-rewarding", "--beta", 0.3)[1])
    assert (facts["settings"]["beta"], facts["settings"]["nll_weight"]) == (0.3, 0.0)
    assert facts["settings"]["learning_rate"] == 2e-7 and facts["settings"]["batch_size"] == 32


def test_rft_trains_on_from_where_it_is_told(world: Path, tmp_path: Path, run: Run) -> None:
    other = small.model(tmp_path / "other")
    words = ("rft", world / "rows.jsonl", "--model", world / "model", "--json", *FAST, "--out")
    previous = json.loads(run(*words, tmp_path / "previous")[1])
    base = json.loads(run(*words, tmp_path / "base", "--start", "base", "--base", other)[1])
    assert (previous["stage"], previous["name"], base["name"]) == ("rft", str(world / "model"), str(other))
    assert run(*words, tmp_path / "neither", "--start", "base")[0] == 2


def test_the_order_of_two_files_and_the_limit(world: Path, tmp_path: Path, run: Run) -> None:
    more = small.dialogues(tmp_path / "more.jsonl", 5, seed=4)
    words = (
        "sft",
        world / "rows.jsonl",
        more,
        "--model",
        world / "model",
        "--json",
        "--dry-run",
        "--out",
        tmp_path / "o",
    )
    assert json.loads(run(*words)[1])["rows"] == 17
    assert json.loads(run(*words, "--limit", 3)[1])["rows"] == 3


def test_rows_that_do_not_fit_are_counted_and_named(world: Path, tmp_path: Path, run: Run) -> None:
    words = ("dpo", world / "pairs.jsonl", "--model", world / "model", "--json", *FAST, "--out", tmp_path / "out")
    facts = json.loads(run(*words, "--max-length", 40)[1])
    left_out = [json.loads(line) for line in (tmp_path / "out" / "left_out.jsonl").read_text().splitlines()]
    assert facts["rows"]["left_out"] == len(left_out) > 0 and facts["rows"]["count"] == small.ROWS - len(left_out)
    assert all("too long" in row["reason"] and "at most 40" in row["reason"] for row in left_out)


def _bare(folder: Path) -> Path:
    """A model without a chat template."""
    small.model(folder)
    (folder / "chat_template.jinja").unlink(missing_ok=True)
    file = folder / "tokenizer_config.json"
    file.write_text(json.dumps({k: v for k, v in json.loads(file.read_text()).items() if k != "chat_template"}))
    return folder


def test_mistakes_end_with_status_2_and_leave_nothing(world: Path, tmp_path: Path, run: Run) -> None:
    out, rows, tiny = tmp_path / "out", world / "rows.jsonl", world / "model"
    (tmp_path / "empty.jsonl").write_text("")
    (tmp_path / "wrong.jsonl").write_text('{"text": "a"}\n')
    (tmp_path / "broken").mkdir()
    shutil.copy(tiny / "config.json", tmp_path / "broken")
    (tmp_path / "quantised").mkdir()
    (tmp_path / "quantised" / "config.json").write_text('{"quantization_config": {}}')
    used = tmp_path / "used"
    used.mkdir()
    (used / "thesis.tex").write_text("")
    cases: list[tuple[tuple[Any, ...], str]] = [
        (("sft", tmp_path / "empty.jsonl", "--model", tiny, "--out", out), "holds no rows"),
        (("sft", tmp_path / "none.jsonl", "--model", tiny, "--out", out), "none.jsonl does not exist"),
        (("sft", tmp_path / "wrong.jsonl", "--model", tiny, "--out", out), "line 1: no field messages"),
        (("dpo", rows, "--model", tiny, "--out", out), "line 1: no field"),
        (("sft", rows, "--model", tiny, "--out", out, "--max-length", 3), "none of 12 rows can be trained on: "),
        (("sft", rows, "--model", tiny, "--out", out, "--held-out", 99), "none is left to train on"),
        (("sft", rows, "--model", tmp_path / "no-model", "--out", out), "no-model does not exist"),
        (("sft", rows, "--model", tmp_path / "broken", "--out", out), "tokenizer cannot be loaded"),
        (("sft", rows, "--model", tmp_path / "quantised", "--out", out), "its weights are quantised"),
        (("sft", rows, "--model", "openai:gpt-4o", "--out", out), "its weights are not available here"),
        (("sft", rows, "--model", _bare(tmp_path / "bare"), "--out", out), "has no chat template"),
        (("sft", rows, "--model", tiny, "--out", used), "holds other files and no train.json"),
        (("sft", rows, "--model", tiny, "--out", out, "--learning-rate", 0), "0.0 is not in the range x>0"),
        (("sft", rows, "--model", tiny, "--out", out, "--max-length", "many"), "'many' is not a valid integer"),
    ]
    for words, expected in cases:
        for more in ((), ("--dry-run",)):
            status, told, said = run(*words, *more)
            assert (status, told) == (2, ""), words
            assert expected in said and "Traceback" not in said, (words, said)
    assert not out.exists() and [path.name for path in used.iterdir()] == ["thesis.tex"]
    weightless = tmp_path / "weightless"
    shutil.copytree(tiny, weightless)
    (weightless / "model.safetensors").write_bytes(b"no weights at all")
    status, _, said = run("sft", rows, "--model", weightless, "--out", out)
    assert status == 2 and "weightless cannot be loaded" in said and not out.exists()


def test_the_folder_of_another_training_is_refused_by_name(world: Path, tmp_path: Path, run: Run) -> None:
    out, other = tmp_path / "out", tmp_path / "other"
    shutil.copytree(world / "model", other)
    config = json.loads((other / "config.json").read_text())
    (other / "config.json").write_text(json.dumps({**config, "rope_theta": 5.0}))
    fewer = small.dialogues(tmp_path / "fewer.jsonl", 7)
    words = ("sft", world / "rows.jsonl", "--model", world / "model", "--out", out, *FAST)
    assert run(*words)[0] == 0
    before = {path: path.read_bytes() for path in out.rglob("*") if path.is_file()}
    for changed, expected in (
        (("rft", *words[1:]), 'stage is "sft" there and "rft" here'),
        (("sft", words[1], "--model", other, *words[4:]), "model is "),
        (("sft", fewer, *words[2:]), "data is "),
        (
            (*words, "--learning-rate", "1e-2", "--seed", 7),
            "learning_rate is 0.001 there and 0.01 here; seed is 42 there and 7 here",
        ),
    ):
        status, _, said = run(*changed)
        assert status == 2 and "holds a run with other settings" in said and expected in said, said
    assert run(*words, "--save-every", 7, "--keep", 1, "--tokens-per-batch", 99)[0] == 0  # how, not what
    assert {path: path.read_bytes() for path in out.rglob("*") if path.is_file()} == before


def test_a_checkpoint_that_was_put_there_is_refused_by_name(world: Path, tmp_path: Path, run: Run) -> None:
    """Checkpoints of another training under the train.json of this one: as after a careless copy."""
    from spar_train.training.fit import fit
    from spar_train.training.job import TrainingJob

    def job(name: str, seed: int) -> TrainingJob:
        return small.job(world, str(tmp_path / name), seed=seed)

    for name, seed in (("a", 1), ("b", 2)):
        with pytest.raises(KeyboardInterrupt):
            fit(job(name, seed), small.stopping(3, KeyboardInterrupt()))
    shutil.rmtree(tmp_path / "a" / "checkpoints")
    shutil.copytree(tmp_path / "b" / "checkpoints", tmp_path / "a" / "checkpoints")
    with pytest.raises(Exception, match="is a checkpoint of another training: seed is 2 there and 1 here"):
        fit(job("a", 1))
    torn = tmp_path / "b" / "checkpoints" / "step-000002" / "optimizer.pt"
    torn.write_bytes(torn.read_bytes()[:-1])
    assert checkpoint.latest(tmp_path / "b" / "checkpoints") is None  # not whole: as if it were not there
    assert fit(job("b", 2)).finished


def test_no_room_for_the_model_or_for_a_checkpoint(
    world: Path, tmp_path: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*args: object, **values: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    words = (
        "sft",
        world / "rows.jsonl",
        "--model",
        world / "model",
        "--out",
        tmp_path / "out",
        "--save-every",
        1,
        *FAST,
    )
    place = tmp_path / "out" / "checkpoints"
    with monkeypatch.context() as patch:
        plain = checkpoint.write_json
        patch.setattr(
            checkpoint, "write_json", lambda path, value: full() if value["step"] == 2 else plain(path, value)
        )
        status, _, said = run(*words)
    assert (
        status == 2 and "The checkpoint of step 2 could not be written to" in said and "No space left on device" in said
    )
    assert "The checkpoint of step 1 is kept" in said and [path.name for path in place.iterdir()] == ["step-000001"]
    with monkeypatch.context() as patch:
        patch.setattr(export, "sync", full)
        status, _, said = run(*words)
    assert status == 2 and "The model could not be written to" in said and checkpoint.latest(place) == 2
    assert not (tmp_path / "out" / "model").exists()
    assert run(*words)[0] == 0 and (tmp_path / "out" / "model" / "model.safetensors").is_file()


def test_ctrl_c_says_that_it_goes_on(world: Path, tmp_path: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*args: object) -> None:
        raise KeyboardInterrupt

    words = (
        "sft",
        world / "rows.jsonl",
        "--model",
        world / "model",
        "--out",
        tmp_path / "out",
        "--save-every",
        1,
        *FAST,
    )
    with monkeypatch.context() as patch:
        patch.setattr("spar_train.training.fit._write_result", interrupted)
        status, _, said = run(*words)
    assert status == 130 and "goes on from there" in said
    status, _, said = run(*words)
    assert status == 0 and "continuing after step 2 of 2" in said


def test_config_names_a_file(run: Run) -> None:
    for name in ("fsdp", "zero3"):
        status, told, _ = run("config", name)
        assert status == 0 and Path(told.strip()).is_file()
    assert run("config", "megatron")[0] == 2
