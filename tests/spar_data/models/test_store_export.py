"""Contents of stores, and answers in JSON Lines from one store to another."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from server import Reply, ScriptedServer

from spar_data.core.errors import SparError
from spar_data.models import Request, Store, complete
from spar_data.models.store_export import export_answers, failure_lines, import_answers, store_contents

Serve = Callable[..., ScriptedServer]
Ask = Callable[..., Request]


def test_json_lines_and_back(tmp_path: Path, serve: Serve, store: Store, ask: Ask) -> None:
    server = serve(lambda prompt, nth: Reply("<think>hm</think>é\n") if prompt != "bad" else 400)
    requests = [ask(f"p{i}") for i in range(20)] + [ask("bad")]
    answers, _ = complete(f"openai:m@{server.url}", requests, store)
    assert export_answers(store.path, tmp_path / "out.jsonl") == 20
    other = tmp_path / "other.sqlite"
    assert import_answers(tmp_path / "out.jsonl", other) == (20, 0)
    assert import_answers(tmp_path / "out.jsonl", other) == (0, 20)
    with Store(other) as copied:
        replayed, tally = complete(f"replay:openai:m@{server.url}", requests[:20], copied)
    assert replayed == answers[:20] and tally.cached == 20
    contents = store_contents(store.path)
    assert [(m.model, m.answers, m.failures, m.prompt_tokens, m.usd) for m in contents.models] == [
        ("m", 20, 1, 140, None)
    ]
    assert "status 400" in failure_lines(store.path)[0]


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("{", "line 2: Input data was truncated"),
        ("[]", "Expected `object`, got `array`"),
        ('{"key": 5}', r"Expected `str`, got `int` - at `\$.key`"),
    ],
)
def test_a_bad_line_adds_nothing(line: str, message: str, tmp_path: Path) -> None:
    good = {"key": "k", "model": "m", "text": "t", "thinking": "", "finish_reason": "stop", "prompt_tokens": 1,
            "completion_tokens": 1}  # fmt: skip
    source = tmp_path / "in.jsonl"
    source.write_text(json.dumps(good) + "\n" + line + "\n")
    with pytest.raises(SparError, match=message):
        import_answers(source, tmp_path / "s.sqlite")
    assert not (tmp_path / "s.sqlite").exists()
