"""Start models: names, adapters."""

from __future__ import annotations

from pathlib import Path

import pytest

torch = pytest.importorskip("torch")
transformers = pytest.importorskip("transformers")
import small_training as small  # noqa: E402

from spar_train.training.fit import fit  # noqa: E402
from spar_train.training.model import find_model, load_tokenizer  # noqa: E402


def test_an_adapter_can_be_trained_on(world: Path) -> None:
    fit(small.job(world, "first", lora=2, max_steps=1))
    source = find_model(f"hf:{world / 'first' / 'adapter'}")
    assert source.adapter is not None and "+" in source.digest
    facts = fit(small.job(world, "second", model=str(world / "first" / "adapter"), max_steps=1))
    first = small.lines(world / "second")[0]
    merged = fit(small.job(world, "third", model=str(world / "first" / "model"), max_steps=1))
    assert first["loss"] == pytest.approx(merged.last["loss"], rel=1e-5) and facts.finished


@pytest.mark.parametrize("name", ["{}", "hf:{}", "vllm:{},tp=2"])
def test_names_of_a_folder(name: str, world: Path) -> None:
    source = find_model(name.format(world / "model"))
    assert (source.folder, source.adapter, source.dtype, source.room) == (world / "model", None, "float32", 512)


def test_a_template_replaces_that_of_the_model(world: Path, tmp_path: Path) -> None:
    (tmp_path / "mine.jinja").write_text("{% for m in messages %}[{{ m.content }}]{% endfor %}")
    source = find_model(f"hf:{world / 'model'},template={tmp_path / 'mine.jinja'}")
    tokenizer = load_tokenizer(source)
    assert tokenizer.apply_chat_template([{"role": "user", "content": "hi"}], tokenize=False) == "[hi]"
