"""The page of loops: pooled as it should be, honest about what is missing, nothing of a folder becomes markup."""

from __future__ import annotations

import json
import math
import re
import statistics
from html.parser import HTMLParser
from pathlib import Path

import loop_folders as folders
import pytest
from click.testing import CliRunner

from spar_data.core.errors import SparError
from spar_eval.run_folder import load_result, save_result
from spar_train.cli.main import cli
from spar_train.report import svg
from spar_train.report.load import load
from spar_train.report.page import render
from spar_train.report.seeds import change, groups, pooled, scores_at, student, t_point


def test_student() -> None:
    """Against published tables (Fisher and Yates), and by hand: 1, 2, 3 have mean 2, sd 1, so 2 +- 4.30265 / sqrt 3."""
    for freedom, point in ((1, 12.706), (2, 4.303), (3, 3.182), (10, 2.228), (30, 2.042), (100, 1.984), (1000, 1.962)):
        assert t_point(freedom) == pytest.approx(point, abs=5e-4)
    assert student([1, 2, 3]) == pytest.approx((2, 2 - 4.302653 / math.sqrt(3), 2 + 4.302653 / math.sqrt(3)))


def test_seeds_are_pooled_and_recipes_are_not(tmp_path: Path) -> None:
    made = [folders.loop(tmp_path / f"{r}{s}", r, s) for r in ("spar", "direct") for s in range(3)]
    found = groups([load(each) for each in made])
    assert [(group.label, group.seeds) for group in found] == [("spar", "0, 1, 2"), ("direct", "0, 1, 2")]
    values = [
        next(s.value for s in load_result(each / "iteration-2/eval/fresh").scores if s.name == "prompt-strict")
        for each in made[:3]
    ]
    assert len(set(values)) > 1
    end = pooled(scores_at(found[0], "fresh", "prompt-strict", 2))
    assert end.n == 3 and (end.value, end.low, end.high) == student(values)
    assert end.stderr == pytest.approx(statistics.stdev(values) / math.sqrt(3))
    start = pooled(scores_at(found[0], "fresh", "prompt-strict", 0))
    assert start.value == 0.3 and math.isnan(start.low) and "equal in all 3 runs" in start.method


def test_one_run_keeps_its_interval_and_the_change_is_paired(tmp_path: Path) -> None:
    loop = load(folders.loop(tmp_path / "a", gain=0.2))
    (group,) = groups([loop])
    own = loop.results["fresh", 3].score("prompt-strict")
    assert pooled(scores_at(group, "fresh", "prompt-strict", 3)) == own
    made = change(group, "fresh", "prompt-strict")
    assert made and made[0] == 3 and made[1].method == "paired by prompt, Newcombe"
    assert made[1].value == pytest.approx(own.value - 0.3)


def test_other_settings_are_another_curve(tmp_path: Path) -> None:
    one = folders.loop(tmp_path / "a", overrides=[])
    two = folders.loop(tmp_path / "b", overrides=["dpo.beta=0.5"])
    found = groups([load(one), load(two)])
    assert [(group.label, group.apart) for group in found] == [
        ("spar A", "overrides none"), ("spar B", "overrides dpo.beta=0.5")
    ]  # fmt: skip


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


def test_what_is_missing_is_said(tmp_path: Path) -> None:
    """A loop that was stopped, a training that was killed within a line, a lost result, numbers that are none."""
    here = folders.loop(tmp_path / "a", iterations=2)
    facts = json.loads((here / "loop.json").read_text(encoding="utf-8"))
    facts["state"], facts["config"]["iterations"] = "stopped", 3
    facts["why"] = f"no rows in {here}/iteration-3/pairs\nand more"
    folders.put(here / "loop.json", facts)
    metrics = here / "iteration-2/actor/metrics.jsonl"
    lines = metrics.read_text(encoding="utf-8").splitlines()
    whole = '{"step": 6, "loss": NaN, "margin": 1e999}'
    metrics.write_text("\n".join([*lines[:5], whole, lines[7][:40]]), encoding="utf-8")
    (here / "iteration-2/actor/train.json").unlink()
    (here / "iteration-1/eval/fresh/results.json").unlink()
    loop = load(here)
    assert loop.missing == [
        "the loop is not finished (stopped: no rows in iteration-3/pairs)",
        "iteration 1, fresh: eval/fresh/results.json does not exist: the folder of a finished spar-eval run is expected",
        "iteration 2: training of the actor is not finished (stopped at step 6)",
        "iteration 3 of 3 was not begun",
    ]
    assert [line["step"] for line in loop.training["actor", 2]] == [1, 2, 3, 4, 5, 6]
    assert loop.training["actor", 2][-1] == {"step": 6}
    text = _read(render([loop])).text
    assert "Before you read the numbers" in text and "iteration 3 of 3 was not begun" in text


def test_other_items_are_said(tmp_path: Path) -> None:
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


def test_lines_and_ticks() -> None:
    """Round ticks around the ends; a single point is drawn as a point; no point, no chart; a level line is no error."""
    assert svg.ticks(0.3, 0.52) == [0.3, 0.35, 0.4, 0.45, 0.5, 0.55]
    assert svg.ticks(-3, 12) == [-5, 0, 5, 10, 15]
    assert svg.ticks(2, 2)[0] < 2 < svg.ticks(2, 2)[-1]
    assert svg.chart("t", [svg.Line((svg.Point(0, math.nan),), 0)], "x") == ""
    assert "<circle" in svg.chart("t", [svg.Line((svg.Point(5, 1.0),), 0)], "x")
    level = svg.chart("t", [svg.Line(tuple(svg.Point(x, 0.0) for x in range(3)), 0)], "x")
    assert statistics.fmean(float(y) for y in re.search(r'points="([^"]+)"', level)[1].replace(",", " ").split()[1::2])  # type: ignore[index]
    wide = svg.chart("t", [svg.Line((svg.Point(0, 0.9, 0.2, 3.0),), 0, dots=True)], "x", True, scale=100, clip=(0, 1))
    assert ">100<" in wide and ">120<" not in wide


def test_command(tmp_path: Path) -> None:
    run = CliRunner()
    here = folders.loop(tmp_path / "a", iterations=1, steps=3)
    done = run.invoke(cli, ["report", str(here)])
    assert done.exit_code == 0 and (here / "report.html").read_text(encoding="utf-8").startswith("<!doctype html>")
    for content, what in ((None, "does not exist"), ("{", "not JSON"), ("{}", "'settings' is missing")):
        (here / "loop.json").unlink(missing_ok=True)
        if content:
            (here / "loop.json").write_text(content, encoding="utf-8")
        with pytest.raises(SparError, match=what):
            load(here)
