"""Prompts, replies and runs of `spar-data sft` against a scripted server."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from click.testing import CliRunner, Result
from server import Reply

from spar_data.cli.main import cli
from spar_data.core.ids import row_id
from spar_data.core.records import Constraint, PromptRow
from spar_data.core.tables import frame

FINAL = "Final Judgement (if the Output accurately follows the Prompt)"
LOWER = Constraint("x", "all lowercase", "character.lowercase", "whole", {})
GERMAN = Constraint("x", "in German", "language.is_language", "whole", {"code": "de"})
STORY = "the river was slow and the boats lay still in the morning light, and nobody spoke. "
DEUTSCH = "Der Fluss war langsam, und die Boote lagen still im Licht des Morgens, und niemand sprach ein Wort. "


def run(*arguments: object) -> Result:
    result = CliRunner().invoke(cli, ["sft", *map(str, arguments)])
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


def same(text: str, finish: str = "stop") -> Reply:
    return Reply(text, finish_reason=finish, message={"content": text})


def write_prompts(count: int, text: str = "p{}") -> Path:
    Path("prompts.jsonl").write_text("".join(json.dumps({"prompt": text.format(i)}) + "\n" for i in range(count)))
    return Path("prompts.jsonl")


def release(*rows: tuple[str, list[Constraint]]) -> Path:
    """A prompts.parquet with these prompts and constraints."""
    prompt_rows = [PromptRow(row_id(p), p, "", "", "en", "", "", tuple(c), "", "", 1) for p, c in rows]
    frame(prompt_rows, PromptRow).write_parquet("prompts.parquet")
    return Path("prompts.parquet")


def kind(prompt: str) -> str:
    return (
        "refine" if prompt.startswith("Now refine") else "judge" if "Step-by-step verification" in prompt else "respond"
    )


def teacher(judge: Callable[[str], str], refine: Callable[[str], str] = lambda p: "") -> Callable[[str, int], Reply]:
    return lambda prompt, nth: same(
        {"refine": refine, "judge": judge, "respond": lambda p: f"{STORY} {p}"}[kind(prompt)](prompt)
    )


def refined(text: str) -> str:
    return f"Reflection on how to refine the Output: shorter\nFinal Refined Output: [[start]] {text} [[end]]"


def sft_facts() -> Any:
    return json.loads(Path("out/sft.json").read_text())
