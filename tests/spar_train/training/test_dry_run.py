"""A dry run plans the memory from the rows and writes nothing."""

from __future__ import annotations

import json
from pathlib import Path

from click.testing import CliRunner

from spar_train.cli.main import cli


def test_dry_run_of_a_training(tmp_path: Path) -> None:
    """It says whether this machine's memory is enough, by the rows that would be trained on, and writes nothing."""
    import tiny_llama

    tokenizer = tiny_llama.tokenizer(tiny_llama.CHATML)
    tiny_llama.llama(len(tokenizer)).save_pretrained(tmp_path / "model")
    tokenizer.save_pretrained(tmp_path / "model")
    turns = {
        role: [{"role": who, "content": role}]
        for role, who in (("prompt", "user"), ("chosen", "assistant"), ("rejected", "assistant"))
    }
    (tmp_path / "rows.jsonl").write_text(json.dumps(turns) + "\n", encoding="utf-8")
    args = [
        "dpo",
        str(tmp_path / "rows.jsonl"),
        "--model",
        str(tmp_path / "model"),
        "--out",
        str(tmp_path / "out"),
        "--dry-run",
    ]
    done = CliRunner().invoke(cli, args)
    assert done.exit_code == 0 and "usable: fits" in done.output and "AdamW, two moments" in done.output, done.output
    plain = json.loads(CliRunner().invoke(cli, [*args, "--json"]).output)
    assert plain["memory"]["fits"] and plain["longest"] * 2 >= plain["largest_step"] > 0
    assert not (tmp_path / "out").exists()
