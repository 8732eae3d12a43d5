"""The language of responses, by their prompts."""

from __future__ import annotations

from pathlib import Path

import pytest
from sft_runs import (
    DEUTSCH,
    GERMAN,
    STORY,
)

from spar_data.sft.languages import wrong_language


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize(
    ("prompt", "text", "constraints", "wrong"),
    [
        ("Write about a river.", STORY, [], False),
        ("Write about a river.", DEUTSCH, [], True),
        ("Write about a river in German.", DEUTSCH, [], False),
        ("Write about a river.", DEUTSCH, [GERMAN], False),
        ("Write about a river.", STORY, [GERMAN], True),
        ("Schreibe etwas über einen Fluss in dieser Stadt.", STORY, [], True),
        ("Schreibe auf Englisch über einen Fluss in dieser Stadt.", STORY, [], False),
        ("Translate this.", DEUTSCH, [], False),
        ("Answer in another language than this one.", DEUTSCH, [], False),
        (f"Shorten this text:\n{DEUTSCH}", DEUTSCH, [], False),
        ("Write about a river.", "Oui.", [], False),
        ("Write about a river.", "这条河在早晨的阳光下缓缓流淌。", [], True),
        ("写一首关于河流的诗。", "这条河在早晨的阳光下缓缓流淌。", [], False),
        ("Write about a river.", "```\nDer Fluss war langsam und die Boote lagen still am Ufer\n```", [], False),
    ],
)
def test_wrong_language(prompt: str, text: str, constraints: list[dict[str, str]], wrong: bool) -> None:
    assert bool(wrong_language(prompt, text, constraints)) == wrong
