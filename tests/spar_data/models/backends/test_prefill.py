"""Common beginnings of prompts are read once."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

pytest.importorskip("torch")
pytest.importorskip("transformers")
from tiny_model import build

from spar_data.models import Message, Request, parse_spec

Ask = Callable[..., Request]


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(tmp_path_factory.mktemp("model") / "tiny")


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


@pytest.mark.filterwarnings("error::FutureWarning")
def test_common_prefixes_are_read_once(model: Path, ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    """Equal answers with and without sharing, for a common system prompt and several samples; fewer tokens read."""
    from spar_data.models.backends import hf

    read: list[int] = []
    loaded = hf.Transformers(parse_spec(f"hf:{model},batch=12"))
    loaded.model.base_model.register_forward_pre_hook(
        lambda module, args, kwargs: read.append(kwargs["input_ids"].numel()), with_kwargs=True
    )
    system = Message("system", "a long text that all requests begin with " * 5)
    requests = [
        Request((system, Message("user", "same beginning " + "x" * (i % 5))), 0.0, 50, n=1 + i % 3) for i in range(20)
    ]
    sharing = dict(loaded.run(requests))
    with_sharing = sum(read)
    read.clear()
    monkeypatch.setattr(hf, "prefill", lambda *args: None)
    assert dict(loaded.run(requests)) == sharing
    assert with_sharing < sum(read) / 5


@pytest.mark.parametrize(
    ("prompts", "length"),
    [([[1, 2, 3], [1, 2, 4]], 2), ([[1, 2], [1, 2, 3]], 1), ([[1], [1]], 0), ([[1, 2, 3]], 2), ([[5], [6, 7]], 0)],
)
def test_common_prefix(prompts: list[list[int]], length: int) -> None:
    from spar_data.models.backends.prefill import common_prefix

    assert common_prefix(prompts) == length


def test_the_cache_has_the_name_of_the_installed_version() -> None:
    from spar_data.models.backends.prefill import cache_parameter

    class Older:
        def forward(self, input_ids: object, past_key_values: object = None, use_cache: bool = True) -> None: ...

    class Newer:
        def forward(self, input_ids: object, cache: object = None, use_cache: bool = True) -> None: ...

    for body, name in ((Older(), "past_key_values"), (Newer(), "cache")):
        model: Any = SimpleNamespace(base_model=body)
        assert cache_parameter(model) == name
