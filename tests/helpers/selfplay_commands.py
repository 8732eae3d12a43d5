"""`spar-data selfplay` on ten prompts, whose responses fail every second time."""

from __future__ import annotations

import json
from pathlib import Path

from click.testing import CliRunner, Result
from server import Reply

from spar_data.cli.main import cli

SMALL = ("--samples", 2, "--max-tokens", 64)


def answer(prompt: str, nth: int) -> Reply:
    """Responses to prompts with an even number fail. A call's choices are the same, whichever of them were stored before."""
    if "Step-by-step verification" in prompt:
        fails = any(f"answer to p{i} " in prompt for i in range(0, 100, 2))
        text = f"looked at it\nFinal Judgement: {'No' if fails else 'Yes'}"
    else:
        text = f"answer to {prompt} "
    return Reply(text, message={"content": text}, delay=0.05)


def write_prompts(folder: Path) -> Path:
    file = folder / "prompts.jsonl"
    file.write_text("".join(json.dumps({"prompt": f"p{i}"}) + "\n" for i in range(10)))
    return file


def run(*arguments: object) -> Result:
    result = CliRunner().invoke(cli, ["selfplay", *map(str, arguments)])
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result
