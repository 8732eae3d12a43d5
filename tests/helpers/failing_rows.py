"""Failing responses in the format of `spar-eval refinement`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

NO = "It fails.\nFinal Judgement: No"
BEE = {"leaf": "content.keyword.include", "text": "say bee", "checker": "keyword.include", "covers": "whole",
        "params": '{"words": ["bee"]}'}  # fmt: skip
POEM = {
    "leaf": "content.genre.poetry",
    "text": "a poem",
    "checker": "genre.poem_lines",
    "covers": "part",
    "params": '{"n": 2}',
}


def write_rows(*rows: dict[str, Any]) -> Path:
    Path("rows.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    return Path("rows.jsonl")


def failing(response: str, **more: Any) -> dict[str, Any]:
    return {"prompt": f"prompt of {response}", "response": response, "judgement": NO, **more}
