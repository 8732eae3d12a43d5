"""Templates, structured replies, thinking and specs: pure functions over untrusted text."""

from __future__ import annotations

from pathlib import Path

import pytest

from spar_data.core.errors import SparError
from spar_data.models import Unparsed, cost, fill, parse_json, parse_spec
from spar_data.models.thinking import split_thinking


def test_fill_leaves_values_alone() -> None:
    assert fill("{a}|{b}|{ }|{{c}}", a="{b}", b="{0} {a} %s \\1", c="x") == "{b}|{0} {a} %s \\1|{ }|{x}"
    with pytest.raises(KeyError):
        fill("{a} {b}", a="x")
    with pytest.raises(ValueError, match="no slot for b"):
        fill("{a}", a="x", b="y")


@pytest.mark.parametrize(
    "reply",
    [
        '{"ok": true, "n": 3}',
        'Sure!\n```json\n{"ok": true, "n": 3}\n```\nDone.',
        'First I thought {"ok": false, "n": 1} but no: {"ok": true, "n": 3}',
        '{"ok": "true"} {not json} {"x": {"ok": 1}} {"ok": true, "n": 3}',
    ],
)
def test_json_replies(reply: str) -> None:
    assert parse_json(reply, {"ok": bool, "n": (int, float)}) == {"ok": True, "n": 3}


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        ("", "no JSON object"), ("[1, 2]", "no JSON object"), ('{"ok": true, "n": tr', "no JSON object"),
        ('{"ok": "yes", "n": 3}', "'ok'"), ('{"ok": true, "n": true}', "'n'"), ('{"ok": true}', "'n'"),
        ("{" * 100_000, "no JSON object"), ('{"ok":' * 50_000, "no JSON object"),
    ],
)  # fmt: skip
def test_replies_that_are_none(reply: str, reason: str) -> None:
    parsed = parse_json(reply, {"ok": bool, "n": int})
    assert isinstance(parsed, Unparsed) and reason in parsed.reason


@pytest.mark.parametrize(
    ("text", "field", "thinking", "answer"),
    [
        ("plain", None, "", "plain"),
        ("  keeps its space ", None, "", "  keeps its space "),
        ("<think>a</think>b", None, "a", "b"),
        ("\n<Thinking>a\n</thinking>\n\nb", None, "a", "b"),
        ("<think>never ends", None, "never ends", ""),
        ("a</think>b", None, "a", "b"),
        ("b", "a", "a", "b"),
        ("<think>c</think>b", "a", "a\nc", "b"),
        ("The tag <think> opens and </think> closes.", None, "", "The tag <think> opens and </think> closes."),
        ("<think></think>b", None, "", "b"),
    ],
)
def test_thinking(text: str, field: str | None, thinking: str, answer: str) -> None:
    assert split_thinking(text, field) == (thinking, answer)


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


def test_prices(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert cost("gpt-4o-mini-2024-07-18", 2_000_000, 1_000_000) == pytest.approx(0.9)
    assert cost("some-local-model", 10, 10) is None
    own = tmp_path / "p.toml"
    own.write_text('["some-local-model"]\ninput = 1\noutput = 2\n')
    monkeypatch.setenv("SPAR_PRICES", str(own))
    assert cost("some-local-model", 1_000_000, 1_000_000) == 3
    own.write_text('["some-local-model"]\ninput = 1\n\n')
    with pytest.raises(SparError, match=r"p\.toml"):
        cost("some-local-model", 1, 1)
