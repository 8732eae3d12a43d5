"""`spar-data tree`: lists, one tree with its diffs, pictures, and what is no tree."""

from __future__ import annotations

import json
import random
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest
from click.testing import CliRunner, Result

from spar_data.cli.main import cli
from spar_data.core.errors import SparError
from spar_data.core.files import write_parquet
from spar_data.core.records import frame
from spar_data.selfplay.judge.votes import NO_VOTES
from spar_data.selfplay.records import Node, Votes
from spar_data.selfplay.search.read_trees import read_trees
from spar_data.selfplay.search.tree_picture import draw
from spar_data.selfplay.search.tree_text import word_changes

_TEXT = "Tea is [bold]warm[/bold], and [/x] costs $5 or $6.\n\nIt keeps for a very long time indeed, they say."


def _votes(yes: int, no: int, verdict: str) -> Votes:
    value = yes / (yes + no) if verdict in ("Yes", "No", "tie") else None
    return Votes(["Yes"] * yes + ["No"] * no, ["r"] * (yes + no), verdict, value, "j", "")


def _tree(name: str) -> list[Node]:
    """Root, a node with V 0.2, one unparsed, and below the first one a result and a copy."""
    new = _TEXT.replace("warm", "hot").replace("It keeps for", "It keeps, cold, for")
    rows: list[tuple[int, int, str, str, str, Votes]] = [
        (-1, 0, _TEXT, "", "", _votes(0, 5, "No")),
        (0, 1, _TEXT.replace("warm", "hot"), "reply", "", _votes(1, 4, "No")),
        (0, 1, "", "I would [rather] not.", "unparsed: no [[start]]", NO_VOTES),
        (1, 2, new, "reply", "", _votes(4, 1, "Yes")),
        (1, 2, "", "the same", "copy of node 3", NO_VOTES),
    ]
    return [
        Node(
            name,
            "p" + name,
            "Write about {tea} & $x_1$ [red].",
            i,
            parent,
            depth,
            text,
            reply,
            problem,
            votes,
            10,
            20,
            "rules" if i in (2, 3) else "m",
        )
        for i, (parent, depth, text, reply, problem, votes) in enumerate(rows)
    ]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    failed = [*_tree("ab99")[:3]]
    write_parquet(tmp_path / "trees.parquet", frame([*_tree("aa11"), *_tree("ab22"), *failed], Node))
    return tmp_path


def _run(*arguments: object) -> Result:
    return CliRunner().invoke(cli, ["tree", *map(str, arguments)])


def test_the_list(folder: Path) -> None:
    said = _run("--run", folder).output
    lines = said.splitlines()
    assert [line.split()[0] for line in lines[2:5]] == ["aa11", "ab22", "ab99"]
    assert "node 3" in lines[2] and "0.80" in lines[2] and "none" in lines[4] and "{tea} & $x_1$ [red]" in lines[2]
    assert "3 trees searched, 2 with a result (66.7%): 2 at depth 2; 2 by rules" in said
    assert "3.33 refinements" in said and "2 copy, 3 unparsed, 3 verdict No, 2 verdict Yes" in said
    assert "... and 1 more" in _run("--run", folder, "--limit", 2).output
    told = json.loads(_run("--run", folder / "trees.parquet", "--json").output)
    assert told[0]["success"] == 2 and told[0]["success_by_depth"] == {"2": 2}
    assert told[0]["success_by_refiner"] == {"rules": 2}


def test_one_tree(folder: Path) -> None:
    done = _run("aa", "--run", folder)
    assert done.exit_code == 0 and "\x1b" not in done.output, "colours on a terminal only"
    assert "[-[bold]warm[/bold],-]" in done.output and "{+[bold]hot[/bold],+}" in done.output
    assert "*3  by rules  V 0.80  Yes: 4 Yes, 1 No  10 + 20 tokens" in done.output
    assert (
        "2  by rules  V -  10 + 20 tokens  unparsed: no [[start]]" in done.output
        and "I would [rather] not." in done.output
    )
    assert "result: node 3, V 0.80; 4 refinements, 50 tokens for them and 100 for judgements" in done.output
    assert "no result" in _run("ab9", "--run", folder).output
    assert "very long time indeed, they say." in _run("aa", "--run", folder, "--whole").output
    told = json.loads(_run("aa11", "--run", folder, "--json").output)
    assert [node["node"] for node in told] == [0, 1, 2, 3, 4] and told[3]["votes"]["value"] == 0.8
    assert told[3]["refiner"] == "rules" and told[1]["refiner"] == "m" and "1  V 0.20" in done.output


def test_what_is_no_tree(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for arguments, message in (
        (("zz", "--run", folder), "no tree 'zz'"),
        (("ab", "--run", folder), "2 trees begin with 'ab' (ab22, ab99)"),
        (("--run", tmp_path / "none"), "does not exist"),
        ((), "no trees.parquet under runs/"),
        (("--picture", "x.png", "--run", folder), "needs the ID"),
        (("aa", "--run", folder, "--picture", "x.gif"), "ends in .png or .svg"),
    ):
        done = _run(*arguments)
        assert done.exit_code != 0 and message in f"{done.output}{done.exception}", done.output


def test_pictures(folder: Path, tmp_path: Path) -> None:
    png, svg = tmp_path / "new" / "t.png", tmp_path / "t.svg"
    assert _run("aa", "--run", folder, "--picture", png).exit_code == 0
    draw(_tree("aa11"), svg)
    assert png.read_bytes()[:4] == b"\x89PNG"
    assert "</svg>" in svg.read_text() and "<!-- 3 rules -->" in svg.read_text() and "<!-- 2 rules" in svg.read_text()
    for file in (png, svg):
        before = file.read_bytes()
        draw(_tree("aa11"), file)
        assert file.read_bytes() == before or file is svg, "the same tree, the same picture"
    alone = tmp_path / "root.png"
    draw(_tree("aa11")[:1], alone)
    assert alone.stat().st_size > 1000


def test_every_word_is_in_the_diff() -> None:
    draw_ = random.Random(1)
    for _ in range(300):
        before = [draw_.choice(("a", "b", "c", "d\n", "\n\n", " ")) for _ in range(draw_.randint(0, 30))]
        after = [w for w in before if draw_.random() < 0.8] + ["e"] * draw_.randint(0, 2)
        one, other = " ".join(before), " ".join(after)
        found = word_changes(one, other, 10_000)
        assert "".join(words for kind, words in found if kind != "+") == one
        assert "".join(words for kind, words in found if kind != "-") == other
    long = " ".join(f"w{i}" for i in range(1000))
    shortened = "".join(words for _, words in word_changes(long, long.replace("w500", "X")))
    assert len(shortened) < 120 and "w499 " in shortened and " ... " in shortened and "w500X" in shortened


def test_a_tree_without_its_root_and_a_column_with_nulls_are_named(tmp_path: Path) -> None:
    file = tmp_path / "trees.parquet"
    nodes = _tree("aa11")
    for some in (nodes[1:], [*nodes, nodes[4]], [nodes[0], replace(nodes[1], parent=3)]):
        write_parquet(file, frame(some, Node))
        with pytest.raises(SparError, match="tree aa11: its nodes are not numbered"):
            list(read_trees(file))
    write_parquet(file, frame(nodes, Node).with_columns(text=pl.lit(None, dtype=pl.String)))
    with pytest.raises(SparError, match="row 1: 'text' is null"):
        list(read_trees(file))


def test_the_diff_of_very_long_texts() -> None:
    """Two texts of 200,000 characters: compared word by word throughout this would take hours."""
    some = random.Random(1)
    one, other = (" ".join(some.choices(["a", "bee", "sea", "dee"], k=60_000)) for _ in range(2))
    told = word_changes(one, other, 100_000)
    assert "".join(text for sign, text in told if sign != "+") == one
    assert "".join(text for sign, text in told if sign != "-") == other
    repeated = "word " * 20_000
    assert word_changes(repeated, repeated + "end")[-1] == ("+", "end")
