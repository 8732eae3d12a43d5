"""What tests share: a scripted server, a store, requests, and no keys."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from server import Answer, ScriptedServer, Serve

from spar_data.models import Request, Store
from spar_data.models.requests import Message

# a job in the background of a shell ignores Ctrl-C, and so would every process that it starts
signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture
def serve() -> Iterator[Serve]:
    servers: list[ScriptedServer] = []

    def start(answer: Answer | None = None, port: int = 0, whole: bool = False) -> ScriptedServer:
        servers.append(ScriptedServer(answer, port, whole) if answer else ScriptedServer(port=port))
        return servers[-1]

    yield start
    for server in servers:
        server.close()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store(tmp_path / "store.sqlite") as opened:
        yield opened


@pytest.fixture(autouse=True)
def no_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("OPENAI_API_KEY", "SPAR_API_KEY", "OPENAI_BASE_URL", "SPAR_PRICES"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def ask() -> Callable[..., Request]:
    """A request from a prompt."""

    def make(prompt: str, temperature: float = 0.7, max_tokens: int = 50, **more: object) -> Request:
        return Request((Message("user", prompt),), temperature, max_tokens, **more)  # type: ignore[arg-type]

    return make
