"""The page of loops: nothing of a folder becomes markup, and what is missing comes first."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from pathlib import Path

import loop_folders as folders
import pytest

from spar_data.core.errors import SparError
from spar_eval.run_folder import save_result
from spar_train.report import svg
from spar_train.report.load import load
from spar_train.report.page import MAX_GROUPS, render


class _Reader(HTMLParser):
    """Tags, and text outside of <style>."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs

    def handle_data(self, data: str) -> None:
        if self.tags[-1:] != ["style"]:
            self.text += data


def _read(text: str) -> _Reader:
    reader = _Reader()
    reader.feed(text)
    return reader


def test_page(tmp_path: Path) -> None:
    made = [folders.loop(tmp_path / f"{r}{s}", r, s) for r in ("spar", "direct") for s in range(2)]
    loops = [load(each) for each in made]
    text = render(loops)
    assert text == render([load(each) for each in made])
    page = _read(text)
    assert page.tags.count("svg") == 2 + 2 + 7 + 3  # legend, scores, actor, refiner
    assert "script" not in page.tags and not re.search(r"https?://", text)
    assert not any(name in ("style", "src", "href") or name.startswith("on") for name, _ in page.attributes)
    for word in (
        "prompt-strict",
        "Student's t over 2 runs",
        "failing responses to refine",
        "13 min 20 s",
        "seeds 0, 1",
    ):
        assert word in page.text
    assert "Before you read" not in page.text
    points = re.findall(r'<circle cx="([\d.]+)" cy="([\d.]+)"', text)
    assert len(points) > 8 and all(0 <= float(x) <= svg.WIDTH and 0 <= float(y) <= svg.HEIGHT for x, y in points)


def test_evaluations_on_different_items_are_reported(tmp_path: Path) -> None:
    one, two = folders.loop(tmp_path / "a"), folders.loop(tmp_path / "b", "direct")
    save_result(folders.ifeval("m", [1, 2], prompts=5), two / "iteration-1/eval/fresh")
    assert "fresh: not all scores are of the same items" in _read(render([load(one), load(two)])).text


def test_nothing_becomes_markup(tmp_path: Path) -> None:
    """Names and settings out of a folder, half a surrogate pair too, are text."""
    evil = "<script>alert(1)</script>\"'&<img src=x onerror=alert(1)>\ud800"
    here = folders.loop(tmp_path / "a", evil, note={"name": evil})
    facts = json.loads((here / "loop.json").read_text(encoding="utf-8"))
    facts["steps"][f"iteration-1/{evil}"] = {"seconds": 1}
    facts["state"] = evil
    folders.put(here / "loop.json", facts)
    (here / "iteration-1/eval/fresh").rename(here / "iteration-1/eval/<script>alert(2)<")
    play = here / "iteration-1/selfplay/run.json"
    folders.put(play, {"funnel": {"prompts": 1, "verdicts": {evil: 3}}, "trees": {"counts": {evil: 3}}})
    text = render([load(here)])
    text.encode()
    page = _read(text)
    assert not {"script", "img"} & set(page.tags) and "<script>alert(1)</script>" in page.text
    assert not any(name.startswith("on") for name, _ in page.attributes)


def test_what_is_missing_stands_before_the_numbers(tmp_path: Path) -> None:
    folder = folders.loop(tmp_path / "a", iterations=2)
    facts = json.loads((folder / "loop.json").read_text(encoding="utf-8"))
    facts["config"]["iterations"] = 3
    folders.put(folder / "loop.json", facts)
    text = _read(render([load(folder)])).text
    assert (
        text.index("Before you read the numbers") < text.index("iteration 3 of 3 was not begun") < text.index("IFEval")
    )
    text = _read(render([load(folder), load(folder)])).text
    assert "spar: seed 0 is in it more than once" in text


def test_too_many_recipes_are_refused(tmp_path: Path) -> None:
    loops = [load(folders.loop(tmp_path / str(n), f"recipe {n}", iterations=0)) for n in range(MAX_GROUPS + 1)]
    assert render(loops[1:])
    with pytest.raises(SparError, match="9 recipes or settings: at most 8 on a page"):
        render(loops)


def test_all_text_of_tables_and_figures_is_escaped(tmp_path: Path) -> None:
    text = render([load(folders.loop(tmp_path / "a", "<a> & b", note="1 < 2"))])
    assert "<h1>&lt;a&gt; &amp; b</h1>" in text
    assert '<tr><th>&lt;a&gt; &amp; b: prompt-strict</th><td class="num">0 → 3</td>' in text
    assert "<title>&lt;a&gt; &amp; b, iteration 0: 30.0%" in text and "<figure><figcaption>prompt-strict, %<" in text
    assert "<tr><th>note</th><td>1 &lt; 2</td></tr>" in text, "columns of text are no numbers"
