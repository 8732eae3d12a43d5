"""The identity of a local model, and specs that name none."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

pytest.importorskip("torch")
pytest.importorskip("transformers")
from tiny_model import build

from spar_data.core.errors import SparError
from spar_data.models import (
    Request,
    Store,
    complete,
    identify,
)

Ask = Callable[..., Request]


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(tmp_path_factory.mktemp("model") / "tiny")


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


def test_identity_depends_on_content_and_not_on_the_path(model: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(model, copy)
    assert identify(f"hf:{copy}").key == identify(f"hf:{model}").key != identify(f"hf:{model},dtype=bfloat16").key
    template = copy / "chat_template.jinja"
    template.write_text(template.read_text() + " ")
    assert identify(f"hf:{copy}").key != identify(f"hf:{model}").key


def test_another_template_is_another_model(model: Path, store: Store, ask: Ask, tmp_path: Path) -> None:
    file = tmp_path / "short.jinja"
    file.write_text("{% for m in messages %}{{ m['content'] }}{% endfor %}")
    spec = f"hf:{model},template={file}"
    plain, other = identify(f"hf:{model}").key, identify(spec).key
    assert json.loads(other).keys() - json.loads(plain).keys() == {"template"}
    requests = [ask(f"{i} word", 0.0) for i in range(6)]
    with_it = complete(spec, requests, store)[0]
    assert with_it != complete(f"hf:{model}", requests, store)[0]
    file.write_text("{{ raise_exception('no') }}")
    assert identify(spec).key != other  # the content counts, not the name
    with pytest.raises(SparError, match="a file with a chat template"):
        identify(f"hf:{model},template={tmp_path / 'none.jinja'}")


@pytest.mark.parametrize(("spec", "message"), [("hf:/nowhere", "does not exist"), ("hf:.", "is not a model"),
                                            ("hf:{},dtype=int3", "float32"), ("hf:{},batch=x", "whole number"), ("hf:{},batch=0", "at least 1")])  # fmt: skip
def test_wrong_models(spec: str, message: str, model: Path, store: Store, ask: Ask) -> None:
    with pytest.raises(SparError, match=message):
        complete(spec.format(model), [ask("p")], store)
