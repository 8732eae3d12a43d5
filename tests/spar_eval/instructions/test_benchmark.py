"""Results of a benchmark: signatures, counts, and the repaired checkers beside the official ones."""

from __future__ import annotations

from pathlib import Path

import pytest
from ifeval_files import run_command, write_responses

from spar_eval.benchmarks.ifeval.benchmark import IFEVAL
from spar_eval.instructions.prompts import digest
from spar_eval.run_folder import load_result


def test_all_four_accuracies_their_mean_types_and_reasons(ifeval_data: Path, tmp_path: Path) -> None:
    file = write_responses(tmp_path, "a, b", '{"t": "<<a>>"}', "Here goes:\none two")
    printed = run_command("ifeval", "--data", ifeval_data, "--responses", file, "--out", tmp_path / "out").output
    result = load_result(tmp_path / "out")
    assert [(s.name, round(s.value, 4), s.n) for s in result.scores] == [
        ("prompt-strict", 0.6667, 3), ("instruction-strict", 0.75, 4), ("prompt-loose", 0.6667, 3),
        ("instruction-loose", 0.75, 4), ("mean of the four", 0.7083, 3),
    ]  # fmt: skip
    assert result.items[0].checks[0].reason == "1 comma, first at character 2"
    assert [t.title for t in result.tables] == [
        "instruction-strict, by group", "instruction-strict, by type", "instruction-loose, by type",
    ]  # fmt: skip
    assert result.signature in printed
    assert f"data:3 prompts,{digest(IFEVAL.load(ifeval_data))}|n:3/4|checker:official," in result.signature
    assert (tmp_path / "out" / "report.html").exists()


def test_fixed_checkers_stand_beside_the_official_ones(ifeval_data: Path, tmp_path: Path) -> None:
    file = write_responses(tmp_path, "一，二", 'Here:\n```json\n{"t": "<<a>>"}\n```', "one two three")
    run_command("ifeval", "--data", ifeval_data, "--responses", file, "--checker", "fixed", "--out", tmp_path / "out")
    result = load_result(tmp_path / "out")
    assert result.score("prompt-strict (fixed)").value == pytest.approx(2 / 3)
    delta = {row.name: row.value for row in result.tables[0].rows}
    assert (delta["instruction-strict"], delta["instruction-strict (fixed)"]) == (3 / 4, 3 / 4)
    assert [c.verdicts["strict"] for c in (result.items[0].checks[0], result.items[1].checks[1])] == [True, False]
    assert [c.verdicts["strict (fixed)"] for c in (result.items[0].checks[0], result.items[1].checks[1])] == [
        False,
        True,
    ]
    assert "|checker:fixed," in result.signature
    run_command("ifeval", "--data", ifeval_data, "--responses", file, "--fix", "comma", "--out", tmp_path / "one")
    one = load_result(tmp_path / "one")
    assert "|checker:fixed(comma)," in one.signature
    assert one.score("instruction-strict (fixed)").value == 2 / 4


def test_strange_responses_are_scored_and_written(ifeval_data: Path, tmp_path: Path) -> None:
    texts = ["NUL \x00, \u202e and </script>", "x" * 1_200_000, "\ufeff"]
    run_command(
        "ifeval", "--data", ifeval_data, "--responses", write_responses(tmp_path, *texts), "--out", tmp_path / "out"
    )
    result = load_result(tmp_path / "out")
    assert result.items[0].response == texts[0]
    assert result.items[1].checks[0].reason == "not checked: 1,200,000 characters, more than 1,000,000"
    assert result.counts == {"not checked": 1}
