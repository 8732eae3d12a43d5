"""Saved models and their cards: LoRA merged, tied weights, number formats; they load everywhere."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import pytest

torch = pytest.importorskip("torch")
transformers = pytest.importorskip("transformers")
import small_training as small  # noqa: E402

from spar_data.models import Completion, Message, Request, Store, complete  # noqa: E402
from spar_train.config import SFT  # noqa: E402
from spar_train.training.files import export  # noqa: E402
from spar_train.training.files.train_json import RowCounts, TrainingFacts  # noqa: E402
from spar_train.training.fit import fit  # noqa: E402


def test_lora_leaves_the_base_alone_and_is_merged_for_export(world: Path) -> None:
    from peft import PeftModel

    fit(small.job(world, "lora", lora=4, max_steps=3))
    base, out = world / "model", world / "lora"
    start, merged = small.weights(base), small.weights(out / "model")
    changed = {name for name in merged if not torch.equal(start[name], merged[name])}
    assert changed == {name for name in merged if "proj" in name}  # every linear layer but the output layer
    plain = transformers.AutoModelForCausalLM.from_pretrained(base, dtype=torch.float32)
    adapted = PeftModel.from_pretrained(plain, str(out / "adapter"))
    loaded = transformers.AutoModelForCausalLM.from_pretrained(out / "model", dtype=torch.float32)
    ids = torch.tensor([[1, 2, 30, 40, 50, 60]])
    assert torch.allclose(adapted(ids).logits, loaded(ids).logits, atol=1e-4)
    with adapted.disable_adapter():
        assert not torch.allclose(adapted(ids).logits, loaded(ids).logits, atol=1e-2)
    again = dict(adapted.merge_and_unload().state_dict())  # peft's own merging
    assert all(torch.allclose(again[name], merged[name], atol=1e-6) for name in merged)


def test_the_model_loads_everywhere_and_keeps_what_is_not_trained(tmp_path: Path, store: Store) -> None:
    world = small.world(tmp_path, "bfloat16")
    fit(small.job(world, "out", "sft", max_steps=2))
    made, base = world / "out" / "model", world / "model"
    assert (made / "generation_config.json").read_bytes() == (base / "generation_config.json").read_bytes()
    config, before = (json.loads((folder / "config.json").read_text()) for folder in (made, base))
    assert config == before and config["dtype"] == "bfloat16"
    assert {w.dtype for w in small.weights(made).values()} == {torch.bfloat16}
    loaded = transformers.AutoModelForCausalLM.from_pretrained(made)
    tokenizer = transformers.AutoTokenizer.from_pretrained(made)
    ids = tokenizer.apply_chat_template([{"role": "user", "content": "abc"}], return_dict=True)["input_ids"]
    mine = transformers.AutoTokenizer.from_pretrained(base)
    assert ids == mine.apply_chat_template([{"role": "user", "content": "abc"}], return_dict=True)["input_ids"]
    assert loaded(torch.tensor([ids])).logits.isfinite().all()
    ask = Request((Message("user", "abc"),), 0.0, 40)
    [[answer]], _ = complete(f"hf:{made},dtype=float32", [ask], store)
    assert isinstance(answer, Completion)
    card = (made / "README.md").read_text()
    assert str(world / "model") in card and '"learning_rate"' not in card and "| learning_rate | 0.001 |" in card
    fit(small.job(world, "wide", "sft", max_steps=1, save_dtype="float32"))
    assert {w.dtype for w in small.weights(world / "wide" / "model").values()} == {torch.float32}


def test_tied_weights_are_written_once(tmp_path: Path) -> None:
    world = small.world(tmp_path)
    config = transformers.AutoConfig.from_pretrained(world / "model", tie_word_embeddings=True)
    torch.manual_seed(0)
    transformers.LlamaForCausalLM(config).save_pretrained(world / "model")
    fit(small.job(world, "out", "sft", max_steps=2))
    found = small.weights(world / "out" / "model")
    assert "lm_head.weight" not in found and "model.embed_tokens.weight" in found
    loaded = transformers.AutoModelForCausalLM.from_pretrained(world / "out" / "model")
    assert torch.equal(loaded.lm_head.weight, found["model.embed_tokens.weight"])


FACTS = TrainingFacts(
    "sft", "model-hash", SFT, "rows-hash", 'models/"quoted"', "bfloat16", RowCounts(1234, 0, 0, [], "rows-hash"), 20,
    "padded", "fp32", 1, {}, "0.1.0", True, {"step": 20, "loss": 1.23456789},
)  # fmt: skip


def test_the_card_names_origin_settings_and_last_step() -> None:
    card = export.model_card("actor-0", FACTS)
    assert 'base_model: "models/\\"quoted\\""' in card and "\n# actor-0\n" in card
    assert "quoted after supervised fine-tuning on 1,234 rows in 20 steps (all weights were trained)" in card
    assert "| base model | model-hash |\n| rows | rows-hash |" in card
    assert "| learning_rate | 2e-06 |" in card and "| loss | 1.23457 |" in card


def test_the_card_of_a_lora_model() -> None:
    card = export.model_card("actor-0", dataclasses.replace(FACTS, settings=dataclasses.replace(SFT, lora=16)))
    assert "(LoRA of rank 16, merged into the weights)" in card
