"""A new checker is a function in a module of its package: nothing lists it."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from spar_data.constraints.discovery import checkers_of


def test_public_functions_that_return_a_verdict_are_checkers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = tmp_path / "some_checkers"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "letters.py").write_text(
        "from __future__ import annotations\n"
        "from spar_data.constraints.verdict import Verdict, judge\n"
        "def vowels(response: str, *, n: int) -> Verdict: return judge(1, 'vowel', 'exactly', n)\n"
        "def is_vowel(letter: str) -> bool: return letter in 'aeiou'\n"
        "def _hidden(response: str) -> Verdict: return Verdict(True, '')\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    try:
        assert list(checkers_of("some_checkers", [str(package)])) == ["letters.vowels"]
    finally:
        for name in [name for name in sys.modules if name.startswith("some_checkers")]:
            del sys.modules[name]
