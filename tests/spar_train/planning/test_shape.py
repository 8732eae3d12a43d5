"""Parameters of models, compared with published totals and built models; faulty configs are refused."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from tiny_config import TINY

from spar_data.core.assets import cache_folder
from spar_data.core.errors import SparError
from spar_train.planning.shape import DENSE, SIZES, shape_of_config, shape_of_folder, shape_of_model


def test_parameters_of_published_models() -> None:
    """The totals that the models' cards give."""
    assert SIZES["smollm2-135m"].parameters == 134_515_008
    assert SIZES["llama-3-8b"].parameters == 8_030_261_248
    assert SIZES["llama-3-70b"].parameters == 70_553_706_496
    assert SIZES["mistral-7b"].parameters == 7_241_732_096
    assert SIZES["glm-4-9b"].parameters == 9_399_951_360
    assert SIZES["qwen2.5-0.5b"].parameters == 494_032_768
    assert SIZES["qwen3-8b"].parameters == 8_190_735_360


@pytest.mark.parametrize("kind", DENSE)
def test_parameters_equal_those_of_built_models(kind: str) -> None:
    """Every kind that the formula claims, built without memory."""
    torch, transformers = pytest.importorskip("torch"), pytest.importorskip("transformers")
    sizes = {name: value for name, value in TINY.items() if name not in ("model_type", "tie_word_embeddings")}
    config = transformers.AutoConfig.for_model(kind, pad_token_id=0, **sizes)
    with torch.device("meta"):
        model = transformers.AutoModelForCausalLM.from_config(config)
    assert shape_of_config(config.to_dict()).parameters == sum(p.numel() for p in model.parameters())


def test_other_kinds_are_counted(tmp_path: Path) -> None:
    torch, transformers = pytest.importorskip("torch"), pytest.importorskip("transformers")
    sizes = {name: value for name, value in TINY.items() if name not in ("model_type", "tie_word_embeddings")}
    config = transformers.AutoConfig.for_model("phi3", pad_token_id=0, **sizes)
    config.save_pretrained(tmp_path)
    with torch.device("meta"):
        model = transformers.AutoModelForCausalLM.from_config(config)
    assert shape_of_folder(tmp_path).parameters == sum(p.numel() for p in model.parameters())


SMOLLM2 = cache_folder() / "models" / "smollm2-135m-instruct"


@pytest.mark.skipif(not SMOLLM2.is_dir(), reason="`make smollm2` fetches the model")
def test_parameters_equal_the_stored_weights_of_smollm2() -> None:
    """The weights of the real model are a file of 4 bytes a parameter and a short header."""
    found = shape_of_folder(SMOLLM2)
    assert found == SIZES["smollm2-135m"]
    assert 0 < os.path.getsize(SMOLLM2 / "model.safetensors") - 4 * found.parameters < 100_000


def test_unknown_names_and_faulty_configs_are_refused(tmp_path: Path) -> None:
    with pytest.raises(SparError, match="llama-3-8b"):
        shape_of_model("lama-3-8b")
    for broken, what in (
        ("[]", "not a JSON object"),
        ("{", "not JSON"),
        (json.dumps(TINY | {"hidden_size": "64"}), "'hidden_size' is '64'"),
        (json.dumps(TINY | {"num_local_experts": 8}), "only dense models"),
    ):
        (tmp_path / "config.json").write_text(broken, encoding="utf-8")
        with pytest.raises(SparError, match=what):
            shape_of_folder(tmp_path)
