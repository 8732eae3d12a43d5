"""`spar-data tree`: the list, one tree, and arguments that name none."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sample_trees import sample_tree

from spar_data.cli.main import cli
from spar_data.core.files import write_parquet
from spar_data.core.tables import frame
from spar_data.selfplay.records import Node


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    failed = [*sample_tree("ab99")[:3]]
    write_parquet(tmp_path / "trees.parquet", frame([*sample_tree("aa11"), *sample_tree("ab22"), *failed], Node))
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
