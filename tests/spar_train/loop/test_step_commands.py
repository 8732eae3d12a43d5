"""Commands of a loop: refused before it begins, started with this Python."""

from __future__ import annotations

import subprocess
import sys

import pytest

from spar_data.core.errors import SparError
from spar_train.loop.step_commands import check_command, command_line, process_command


@pytest.mark.parametrize(
    "words",
    [
        "spar-train sft rows.jsonl --model m --out o --learning-rat 1",
        "accelerate launch --config_file a.yaml -m spar_train.cli.main sft rows.jsonl --model m --out o --learning-rat 1",
        "spar-eval verifiable prompts.parquet --model m --checker fixed",
    ],
)
def test_options_that_a_command_lacks(words: str) -> None:
    with pytest.raises(SparError, match=r"`spar-(train sft|eval verifiable)`: No such option"):
        check_command(words.split())


def test_commands_run_with_this_python() -> None:
    command = process_command(["spar-data", "--version"])
    assert command[0] == sys.executable
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout.startswith("spar-data, version")
    assert process_command(["accelerate", "launch", "x"])[1:3] == ["-m", "accelerate.commands.accelerate_cli"]


def test_a_command_as_text() -> None:
    assert command_line(["spar-data", "pairs", "a b", "--set", "x=1"]) == "spar-data pairs 'a b' --set x=1"
