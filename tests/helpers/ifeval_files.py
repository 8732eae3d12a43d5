"""Prompts in IFEval's format with responses to them, as files and as commands take them."""

from __future__ import annotations

import json
from pathlib import Path

from click.testing import CliRunner, Result

from spar_eval.cli.main import cli

ROWS: list[dict[str, object]] = [
    {"key": 1, "prompt": "Say it without commas.", "instruction_id_list": ["punctuation:no_comma"], "kwargs": [{}]},
    {
        "key": 2,
        "prompt": "Say it in JSON, with a title.",
        "instruction_id_list": ["detectable_format:title", "detectable_format:json_format"],
        "kwargs": [{"num_words": None}, {}],
    },
    {
        "key": 3,
        "prompt": "At least 3 words.",
        "instruction_id_list": ["length_constraints:number_words"],
        "kwargs": [{"num_words": 3, "relation": "at least"}],
    },
]
GOOD = ("no commas here", '{"t": "<<a>>"}', "one two three")
"""A response to each prompt that meets its instructions."""


def write_rows(path: Path, *rows: object) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def write_responses(folder: Path, *texts: str | None) -> Path:
    """A file with a response to each prompt; None leaves one out."""
    rows = [{"key": key, "response": text} for key, text in enumerate(texts, 1) if text is not None]
    return write_rows(folder / "responses.jsonl", *rows)


def run_command(*arguments: object) -> Result:
    """Runs `spar-eval`; errors come through as they are raised."""
    result = CliRunner().invoke(cli, [*map(str, arguments)])
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result
