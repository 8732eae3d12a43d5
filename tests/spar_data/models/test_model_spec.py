"""Specs are read by the backend of their kind, and a backend is one file."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from spar_data.core.errors import SparError
from spar_data.models import Request, Store, backends, complete, identify
from spar_data.models.model_spec import all_backends, find_backend, parse_spec

Ask = Callable[..., Request]

_SHOUT = """
from spar_data.models import FunctionModel
from spar_data.models.model_spec import Backend

def _model(spec):
    return FunctionModel(lambda request: request.prompt.upper() + spec.options.get("end", ""), spec.target, "1")

BACKEND = Backend(
    forms={"shout:NAME[,end=TEXT]": "capitals"},
    identify=lambda spec: _model(spec).identity,
    open=lambda spec, limits, store: _model(spec),
    options=frozenset({"end"}),
)
"""


def test_specs() -> None:
    spec = parse_spec("openai:org/m@http://a/v1,http://b/v1/,revision=2")
    assert (spec.target, spec.urls, spec.options) == ("org/m", ("http://a/v1", "http://b/v1"), {"revision": "2"})
    assert parse_spec("hf:/m,lora=/a,dtype=float32").options == {"lora": "/a", "dtype": "float32"}
    assert parse_spec("smollm2,batch=8").integer("batch", 1) == 8 and parse_spec("smollm2").kind == "smollm2"
    assert parse_spec("ray:hf:/m,batch=4,actors=3").target == "hf:/m,batch=4"
    assert parse_spec("replay:openai:m@http://a/v1").target == "openai:m@http://a/v1"


@pytest.mark.parametrize(
    "text",
    [
        "gpt-4o",
        "openai:",
        "openai:m@localhost:8000",
        "vllm:",
        "hf:/m,speed=9",
        "ray:",
        "replay:",
        "smolm2",
        "openai:m,x=1",
    ],
)
def test_wrong_specs(text: str) -> None:
    with pytest.raises(SparError, match="expected"):
        parse_spec(text)


def test_a_new_file_is_a_new_backend(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, store: Store, ask: Ask) -> None:
    (tmp_path / "shout.py").write_text(_SHOUT)
    monkeypatch.setattr(backends, "__path__", [*backends.__path__, str(tmp_path)])
    monkeypatch.delitem(sys.modules, f"{backends.__name__}.shout", raising=False)
    answers, _ = complete("shout:me,end=!", [ask("hello")], store)
    assert answers[0][0].text == "HELLO!" and identify("shout:me").name == "me"  # type: ignore[union-attr]
    assert "shout" in all_backends()
    with pytest.raises(SparError, match="an option of end is expected"):
        parse_spec("shout:me,tone=low")
    with pytest.raises(SparError, match=r"shout:NAME.* is expected.*Did you mean 'shout'"):
        parse_spec("shoot:me")


def test_parts_of_backends_are_no_kinds() -> None:
    assert sorted(all_backends()) == ["hf", "openai", "ray", "replay", "smollm2", "vllm"]
    assert find_backend("local") is None and find_backend("os") is None
