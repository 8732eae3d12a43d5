"""The configs for other trainers: the paper's values, options that these trainers have, and two real steps of TRL."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

import pytest
import torch

yaml = pytest.importorskip("yaml")
trl = pytest.importorskip("trl")

import tiny_llama  # noqa: E402
from click.testing import CliRunner  # noqa: E402
from command_line import Run  # noqa: E402

from spar_data.models import Message  # noqa: E402
from spar_data.selfplay.pairs import trainer_formats as formats  # noqa: E402
from spar_data.selfplay.records import Dialogue, Pair  # noqa: E402
from spar_train.cli.config import FILES  # noqa: E402
from spar_train.cli.main import cli  # noqa: E402
from spar_train.config import DPO, SFT, TrainingConfig  # noqa: E402

GPUS = 8  # of the authors' scripts
TRAINERS = ("trl", "llama-factory")


def config(trainer: str, stage: str) -> str:
    return FILES[f"{trainer.replace('-', '_')}_{stage}"].read_text(encoding="utf-8")


@pytest.mark.parametrize("trainer", TRAINERS)
@pytest.mark.parametrize(("stage", "ours"), [("dpo", DPO), ("sft", SFT)])
def test_values_are_ours(trainer: str, stage: str, ours: TrainingConfig) -> None:
    plain = yaml.safe_load(config(trainer, stage))
    assert float(plain["learning_rate"]) == ours.learning_rate
    assert plain["num_train_epochs"] == ours.epochs
    assert plain["lr_scheduler_type"] == ours.schedule
    assert plain["warmup_steps" if trainer == "trl" else "warmup_ratio"] == ours.warmup_ratio
    assert plain["per_device_train_batch_size"] * plain["gradient_accumulation_steps"] * GPUS == ours.batch_size
    assert plain["max_length" if trainer == "trl" else "cutoff_len"] == ours.max_length
    if stage == "dpo" and trainer == "trl":
        assert plain["loss_type"] == ["sigmoid", "sft"] and plain["loss_weights"] == [1.0, ours.nll_weight]
        assert plain["beta"] == ours.beta
    elif stage == "dpo":
        assert (plain["pref_beta"], plain["pref_ftx"], plain["pref_loss"]) == (ours.beta, ours.nll_weight, "sigmoid")


def test_options_of_llama_factory() -> None:
    """Names of options as its argument classes have them (0.9.5), or as it takes them from transformers."""
    fields = json.loads(
        (Path(__file__).parents[2] / "helpers" / "llama_factory_fields.json").read_text(encoding="utf-8")
    )
    inherited = {"warmup_ratio"}  # of transformers before 5.7, which LLaMA-Factory 0.9.5 wants
    from transformers import Seq2SeqTrainingArguments

    inherited |= {field.name for field in dataclasses.fields(Seq2SeqTrainingArguments)}
    own = {name for names in fields["classes"].values() for name in names}
    for stage in ("dpo", "sft"):
        keys = set(yaml.safe_load(config("llama-factory", stage)))
        assert keys <= own | inherited, keys - own - inherited
        assert {"dataset", "dataset_dir", "template", "cutoff_len", "stage", "finetuning_type"} <= keys & own


def test_datasets_have_the_names_that_pairs_writes(tmp_path: Path) -> None:
    """The files and names of data sets that the configs name are there after `spar-data pairs`."""
    formats.write_formats(tmp_path / "pairs", {"dpo": _pairs(), "rft": _dialogues()}, ["trl", "llama-factory"])
    for stage in ("dpo", "sft"):
        (data,) = yaml.safe_load(config("trl", stage))["datasets"]
        assert (tmp_path / data["data_files"]).is_file()
        plain = yaml.safe_load(config("llama-factory", stage))
        info = json.loads((tmp_path / plain["dataset_dir"] / "dataset_info.json").read_text(encoding="utf-8"))
        assert info[plain["dataset"]].get("ranking", False) is (stage == "dpo")
        assert (tmp_path / plain["dataset_dir"] / info[plain["dataset"]]["file_name"]).is_file()


def test_trl_takes_two_steps(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`trl dpo` and `trl sft` by the shipped files, on rows that `spar-data pairs --format trl` writes: weights move, and
    the loss of SFT is on the completion alone."""
    from trl.scripts import dpo, sft

    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HF_DATASETS_CACHE", str(tmp_path / "cache"))
    formats.write_formats(tmp_path / "pairs", {"dpo": _pairs(), "rft": _dialogues()}, ["trl"])
    tokenizer = tiny_llama.tokenizer(tiny_llama.TEMPLATES["chatml"])
    model = tiny_llama.llama(len(tokenizer))
    for name in ("actor", "base"):
        model.save_pretrained(tmp_path / "models" / name)
        tokenizer.save_pretrained(tmp_path / "models" / name)
    for stage, script in (("dpo", dpo), ("sft", sft)):
        (tmp_path / f"{stage}.yaml").write_text(config("trl", stage), encoding="utf-8")
        args = ["--config", f"{stage}.yaml", "--max_steps", "2", "--bf16", "false", "--use_cpu", "true"]
        args += ["--learning_rate", "1e-3", "--save_strategy", "no", "--dataloader_pin_memory", "false"]
        parsed = script.make_parser().parse_args_and_config(args)
        assert parsed[1].max_length in (2048, 4096) and parsed[1].warmup_steps == 0.1
        script.main(*parsed)
        trained = type(model).from_pretrained(parsed[1].output_dir)
        moved = [not torch.equal(a, b) for a, b in zip(model.parameters(), trained.parameters(), strict=True)]
        assert any(moved)
    fed = trl.SFTTrainer(
        str(tmp_path / "models/base"), trl.SFTConfig(str(tmp_path / "o"), max_length=4096, bf16=False, use_cpu=True, report_to="none"),
        train_dataset=_loaded(tmp_path / "pairs/trl/rft.jsonl"),
    )  # fmt: skip
    row = next(iter(fed.get_train_dataloader()))
    labels = row["labels"][0]
    assert tokenizer.decode(labels[labels >= 0]).startswith("A reply")


def _loaded(file: Path) -> Any:
    from datasets import load_dataset

    return load_dataset("json", data_files=str(file), split="train")


def _pairs() -> list[Pair]:
    return [
        Pair(str(i), "spar", f"p{i}", [Message("user", f"Write {i} words.")], f"A reply {i}.", f"No {i}", 1.0, 0.0, [])
        for i in range(8)
    ]


def _dialogues() -> list[Dialogue]:
    return [
        Dialogue(str(i), "judge", "rft", f"p{i}", [Message("user", f"Judge {i}."), Message("assistant", f"A reply {i}.")], "Yes", [])
        for i in range(8)
    ]  # fmt: skip


def test_command() -> None:
    """`spar-train config` says where the files are."""
    for name in ("trl_dpo", "llama_factory_sft"):
        done = CliRunner().invoke(cli, ["config", name])
        assert done.exit_code == 0 and yaml.safe_load(Path(done.output.strip()).read_text(encoding="utf-8"))


def test_the_path_of_a_config_is_printed(run: Run) -> None:
    for name in ("fsdp", "zero3"):
        status, stdout, _ = run("config", name)
        assert status == 0 and Path(stdout.strip()).is_file()
    assert run("config", "megatron")[0] == 2
