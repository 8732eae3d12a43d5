"""vLLM for real: needs the package and a small instruct model, SPAR_VLLM_MODEL=FOLDER. Each loading may take minutes on a
CPU."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

pytest.importorskip("vllm")

from spar_data.core.errors import SparError
from spar_data.models import Completion, Failure, Message, Request, Store, complete
from spar_data.models.requests import Answer

MODEL = os.environ.get("SPAR_VLLM_MODEL", "")
pytestmark = pytest.mark.skipif(not MODEL, reason="SPAR_VLLM_MODEL names no model")
SPEC = f"vllm:{MODEL},dtype=float32,max_len=512"
PATIENCE = 400.0  # seconds for an engine to load
SCHEMA = {
    "type": "object",
    "properties": {"city": {"type": "string", "maxLength": 20}, "large": {"type": "boolean"}},
    "required": ["city", "large"],
    "additionalProperties": False,
}


def ask(text: str, n: int = 1, temperature: float = 0.9, system: str = "", **more: object) -> Request:
    first = (Message("system", system),) if system else ()
    return Request((*first, Message("user", text)), temperature, **{"max_tokens": 60, "n": n, **more})  # type: ignore[arg-type]


REQUESTS = {
    "three": ask("Say one word.", n=3),
    "too long": ask("word " * 3000, n=2),
    "nearly too long": ask("word " * 460, max_tokens=200, schema='{"type": "string", "minLength": 400}'),
    "schema": ask("Name a city, as JSON.", n=3, max_tokens=200, schema=json.dumps(SCHEMA)),
    "no schema": ask("Name a city, as JSON.", schema="{"),
    "impossible schema": ask("Name a city, as JSON.", schema='{"type": "nothing"}'),
    "stop": ask("Count from one to ten, in digits, with commas.", temperature=0.0, stop=("5",), max_tokens=200),
    "seeded": ask("Write a line about the sea.", n=2, seed=7),
    "seeded again": ask("Write a line about the sea.", n=2, seed=7, stop=("@@@@",)),
    "greedy": ask("What is the capital of France?", n=2, temperature=0.0),
    "system": ask("What is the capital of France?", temperature=0.0, system="You are a pirate. " * 20),
    "cut off": ask("Write a long story about a ship.", max_tokens=5),
}


@pytest.fixture(scope="module")
def answers(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[Answer]]:
    with Store(tmp_path_factory.mktemp("vllm") / "s.sqlite") as store:
        found, tally = complete(SPEC, list(REQUESTS.values()), store)
    assert tally.finished == sum(r.n for r in REQUESTS.values())
    assert all(len(each) == request.n for each, request in zip(found, REQUESTS.values(), strict=True))
    return dict(zip(REQUESTS, found, strict=True))


def test_samples_are_several_and_count_the_prompt_once(answers: dict[str, list[Answer]]) -> None:
    samples = answers["three"]
    assert [a.prompt_tokens > 0 for a in samples] == [True, False, False]
    assert all(a.completion_tokens > 0 for a in samples)
    assert any(isinstance(a, Completion) and a.text for a in samples)


def test_too_long_prompts_and_bad_schemas_fail_alone(answers: dict[str, list[Answer]]) -> None:
    for a in answers["too long"]:
        assert isinstance(a, Failure) and a.cause == "too long" and "512" in a.detail
    for name in ("no schema", "impossible schema"):
        (bad,) = answers[name]
        assert isinstance(bad, Failure) and bad.cause == "error" and "refuses the request" in bad.detail
    (cut,) = answers["cut off"]
    assert isinstance(cut, Failure) and str(cut) == "length: cut off at max_tokens = 5"
    (full,) = answers["nearly too long"]
    assert str(full) == "length: cut off at the model's 512 tokens"


def test_schema_is_enforced(answers: dict[str, list[Answer]]) -> None:
    replies = [json.loads(a.text) for a in answers["schema"] if isinstance(a, Completion)]
    assert replies
    assert all(set(r) == {"city", "large"} and isinstance(r["large"], bool) for r in replies)


def test_stop_text_ends_and_is_left_out(answers: dict[str, list[Answer]]) -> None:
    (reply,) = answers["stop"]
    assert isinstance(reply, Completion) and "4" in reply.text and "5" not in reply.text


def test_seed_repeats_a_call_and_its_samples_differ(answers: dict[str, list[Answer]]) -> None:
    first, again = answers["seeded"], answers["seeded again"]
    assert [str(a) if isinstance(a, Failure) else a.text for a in first] == [
        str(a) if isinstance(a, Failure) else a.text for a in again
    ]
    assert first[0] != first[1]


def test_greedy_samples_are_equal_and_paid_once(answers: dict[str, list[Answer]]) -> None:
    first, second = answers["greedy"]
    assert isinstance(first, Completion) and isinstance(second, Completion)
    assert first.text == second.text and "Paris" in first.text
    assert first.completion_tokens > 0 and (second.prompt_tokens, second.completion_tokens) == (0, 0)


def test_system_message_reaches_the_model(answers: dict[str, list[Answer]]) -> None:
    assert answers["system"][0].prompt_tokens > answers["greedy"][0].prompt_tokens + 50
    assert answers["system"][0] != answers["greedy"][0]


def test_a_folder_that_is_no_model_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text('{"model_type": "nothing"}')
    with Store(tmp_path / "s.sqlite") as store, pytest.raises(SparError, match="cannot load"):
        complete(f"vllm:{tmp_path}", [REQUESTS["three"]], store)


class Command:
    """`spar-data respond` with more to do than it will be given time for, in a session of its own."""

    def __init__(self, folder: Path) -> None:
        prompts = folder / "prompts.jsonl"
        prompts.write_text("".join(json.dumps({"prompt": f"Write story number {i}."}) + "\n" for i in range(600)))
        self.store = folder / "s.sqlite"
        self.errors = folder / "errors.txt"
        out = ["--out", str(folder / "out.jsonl"), "--store", str(self.store)]
        call = [
            sys.executable,
            "-m",
            "spar_data.cli.main",
            "respond",
            str(prompts),
            "--model",
            SPEC,
            "--max-tokens",
            "100",
        ]
        with self.errors.open("wb") as errors:
            self.process = subprocess.Popen(
                [*call, "--temperature", "1", *out], stdout=errors, stderr=errors, start_new_session=True
            )

    def wait_for(self, condition: Callable[[], bool]) -> None:
        until = time.monotonic() + PATIENCE
        while not condition():
            assert self.process.poll() is None, self.errors.read_text()[-2000:]
            assert time.monotonic() < until, "nothing happened"
            time.sleep(0.5)

    def stored(self) -> int:
        if not self.store.exists():
            return 0
        with Store(self.store) as store:
            return len(store)

    def processes(self) -> dict[int, str]:
        """Command lines of all processes of the session that are not zombies."""
        found = {}
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                status = (folder / "stat").read_text().rpartition(")")[2].split()
                if int(status[3]) == self.process.pid and status[0] != "Z":
                    found[int(folder.name)] = (folder / "cmdline").read_text()
            except OSError:  # it ended meanwhile
                continue
        return found

    def all_end(self, seconds: float = 60.0) -> bool:
        until = time.monotonic() + seconds
        while self.processes() and time.monotonic() < until:
            time.sleep(0.5)
        return not self.processes()


@pytest.fixture
def command(tmp_path: Path) -> Iterator[Command]:
    started = Command(tmp_path)
    yield started
    for pid in started.processes():  # none, unless a test failed
        os.kill(pid, signal.SIGKILL)
    started.process.wait()


linux = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="reads /proc")


@linux
@pytest.mark.parametrize("moment", ["loading", "answering"])
def test_ctrl_c_ends_every_process_and_keeps_answers(command: Command, moment: str) -> None:
    started = (lambda: len(command.processes()) > 2) if moment == "loading" else (lambda: command.stored() > 0)
    command.wait_for(started)
    os.killpg(command.process.pid, signal.SIGINT)  # as a terminal does it
    assert command.process.wait(60) == 130, command.errors.read_text()[-2000:]
    assert command.all_end()
    assert "continues from there" in command.errors.read_text()
    assert (command.stored() > 0) == (moment == "answering")


@linux
def test_a_dead_engine_ends_the_run_with_a_message(command: Command) -> None:
    command.wait_for(lambda: command.stored() > 0)
    for pid in command.processes():
        if pid != command.process.pid:
            os.kill(pid, signal.SIGKILL)
    assert command.process.wait(60) == 2, command.errors.read_text()[-2000:]
    assert command.all_end()
    assert "vLLM's engine ended" in command.errors.read_text() and command.stored() > 0
