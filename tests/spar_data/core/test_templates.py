"""Templates: what is escaped, and where they are found."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from pathlib import Path

import jinja2
import pytest

from spar_data.core import templates


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setattr(templates, "asset_folders", lambda package: [tmp_path])
    templates._environment.cache_clear()
    yield tmp_path
    templates._environment.cache_clear()


def test_values_are_escaped_in_pages_only(folder: Path) -> None:
    evil = "<b>\"'&"
    for name in ("a.html", "a.md"):
        (folder / name).write_text("{{ text }} {{ markup|safe }}\n", encoding="utf-8")
    assert templates.render("a.html", text=evil, markup="<i>") == f"{escape(evil)} <i>\n"
    assert templates.render("a.md", text=evil, markup="<i>") == f"{evil} <i>\n"


def test_macros_are_markup_and_their_arguments_are_not(folder: Path) -> None:
    text = "{% macro bold(text) %}<b>{{ text }}</b>{% endmacro %}\n{% for x in xs %}\n{{ bold(x) }}\n{% endfor %}\n"
    (folder / "a.html").write_text(text, encoding="utf-8")
    assert templates.render("a.html", xs=["<1>", 2]) == "<b>&lt;1&gt;</b>\n<b>2</b>\n"


def test_a_name_without_a_value_is_an_error(folder: Path) -> None:
    (folder / "a.md").write_text("{{ title }}", encoding="utf-8")
    with pytest.raises(jinja2.UndefinedError, match="'title' is undefined"):
        templates.render("a.md")


def test_filters() -> None:
    assert (templates.number(1234), templates.number(0.1234, ".1%")) == ("1,234", "12.3%")
    assert templates.counts({"a": 1000, 2: 3}) == "a: 1,000, 2: 3"


def test_cells_hold_one_line_without_bars() -> None:
    assert templates.cell("a | b\n c") == "a \\| b c"


def test_lines(folder: Path) -> None:
    (folder / "notes.txt").write_text("{% for x in xs %}\n{{ x }}\n{% endfor %}\n", encoding="utf-8")
    assert templates.render_lines("notes.txt", xs=["a", "<b>"]) == ["a", "<b>"]
    assert templates.render_lines("notes.txt", xs=[]) == []
