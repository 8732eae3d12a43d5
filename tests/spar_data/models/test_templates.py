"""Templates and structured replies: pure functions over untrusted text."""

from __future__ import annotations

import pytest

from spar_data.models.templates import Unparsed, fill, parse_json


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
def test_replies_without_the_object(reply: str, reason: str) -> None:
    parsed = parse_json(reply, {"ok": bool, "n": int})
    assert isinstance(parsed, Unparsed) and reason in parsed.reason
