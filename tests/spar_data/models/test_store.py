"""Answers on disk: keys, kills, several processes, JSON Lines."""

from __future__ import annotations

import random
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from server import Reply, ScriptedServer
from store_processes import request, start

from spar_data.core.errors import SparError
from spar_data.models import Completion, Failure, Identity, Message, Request, Store, completion_keys, identify

Serve = Callable[..., ScriptedServer]
Ask = Callable[..., Request]

_WHO = Identity("m", '{"model": "m"}')


def test_key_depends_on_everything_that_can_change_an_answer(ask: Ask) -> None:
    base = ask("a")
    others = [
        ask("b"), ask("a", 0.1), ask("a", max_tokens=51), ask("a", top_p=0.9), ask("a", stop=("x",)), ask("a", seed=1),
        ask("a", schema="{}"), replace(base, messages=(Message("system", "a"),)),
        replace(base, messages=(Message("user", "a"), Message("user", ""))),
    ]  # fmt: skip
    keys = {completion_keys(r, _WHO)[0] for r in [base, *others]}
    keys.add(completion_keys(base, Identity("m", '{"model": "m", "revision": "2"}'))[0])
    assert len(keys) == 11
    five = completion_keys(replace(base, n=5), _WHO)
    assert len(set(five)) == 5 and five[:2] == completion_keys(replace(base, n=2), _WHO)


def test_keys_never_change(ask: Ask) -> None:
    """Stores of users are worth money: a change of this test makes all of them worthless."""
    [key] = completion_keys(ask("a"), _WHO)
    assert key == "a55863fed621a138cdae2033bb4bdd9d0e9c1ee7493be51df195449133a39ac3"


def test_answers_and_failures(store: Store) -> None:
    store.put("k", "m", Completion("first", "thought", "stop", 3, 4)).result()
    store.put("k", "m", Completion("second")).result()
    assert store.get("k") == Completion("first", "thought", "stop", 3, 4) and len(store) == 1
    store.put("f", "m", Failure("length", "cut", 5, 6)).result()
    store.put("f", "m", Failure("empty", "no text", 1, 1)).result()
    assert store.get("f") is None and store.failure("f") == Failure("empty", "no text", 6, 7)
    store.put("f", "m", Completion("now")).result()
    assert store.failure("f") is None
    assert store.check() == "ok"


def test_a_store_of_another_version_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "s.sqlite"
    with sqlite3.connect(file) as old:
        old.execute("CREATE TABLE completions (key TEXT)")
    with pytest.raises(SparError, match="another version"):
        Store(file)


def test_a_full_disk_is_an_error_and_loses_nothing(store: Store) -> None:
    store.put("a", "m", Completion("x")).result()
    store.write(("PRAGMA max_page_count = 12", ())).result()
    with pytest.raises(SparError, match="cannot be written"):
        store.put("b", "m", Completion("y" * 1_000_000)).result()
    assert store.get("a") == Completion("x") and store.get("b") is None


@pytest.mark.slow
def test_fifty_kills(tmp_path: Path, serve: Serve) -> None:
    """kill -9 at random instants: stored answers are never asked for again, and every row is stored once."""
    rows, random_ = 12_000, random.Random(7)
    server = serve(lambda prompt, nth: Reply(f"answer to {prompt}", delay=0.02))
    file = tmp_path / "s.sqlite"
    keys = {completion_keys(request(i), identify("openai:m"))[0]: f"p{i}" for i in range(rows)}
    calls_when_stored: dict[str, int] = {}
    killed_at_work = 0
    for _ in range(50):
        process, _ = start(server.url, file, range(rows))
        before = server.calls.total()
        while server.calls.total() == before and process.is_alive():
            time.sleep(0.002)
        time.sleep(random_.uniform(0, 0.25))
        killed_at_work += process.is_alive()
        process.kill()
        process.join()
        time.sleep(0.05)  # calls in flight reach the server
        with sqlite3.connect(file) as connection:
            assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
            for (key,) in connection.execute("SELECT key FROM completions"):
                calls_when_stored.setdefault(keys[key], server.calls[keys[key]])
    assert killed_at_work == 50 and 0 < len(calls_when_stored) < rows
    last, new_answers = start(server.url, file, range(rows))
    assert new_answers.get() == rows - len(calls_when_stored)
    last.join()
    assert {prompt: server.calls[prompt] for prompt in calls_when_stored} == calls_when_stored
    assert server.calls.total() - rows <= 50 * 64  # no more was lost than the calls in flight
    with Store(file) as store:
        assert len(store) == rows and store.check() == "ok"
        assert {store.get(k).text for k in keys} == {f"answer to {p}" for p in keys.values()}  # type: ignore[union-attr]


def test_processes_share_a_store(tmp_path: Path, serve: Serve) -> None:
    server, file = serve(), tmp_path / "s.sqlite"
    queues = [start(server.url, file, range(first, first + 400))[1] for first in range(0, 1600, 400)]
    assert [queue.get() for queue in queues] == [400] * 4
    assert set(server.calls.values()) == {1} and len(server.calls) == 1600
    with Store(file) as store:
        assert len(store) == 1600 and store.check() == "ok"


@pytest.mark.parametrize(
    ("few", "many", "limit"),
    [
        pytest.param(10_000, 200_000, 24_000, marks=pytest.mark.slow),  # their text alone: 300,000 KiB
        (4_000, 32_000, 3_500),  # a seventh of that
    ],
)
def test_memory_stays_flat(tmp_path: Path, few: int, many: int, limit: int) -> None:
    """Many more requests, the same peak memory: they are taken from the iterable as calls end. limit: in KiB."""
    script = """
import resource, sys
from pathlib import Path
from spar_data.models import Completion, Limits, Message, Request, Store, ask_all, identify
class Echo:
    identity, in_flight = identify("openai:m"), 256
    async def ask(self, request): return [Completion(request.messages[0].content[:200])] * request.n
    async def close(self): pass
with Store(Path(sys.argv[1])) as store:
    for number in map(int, sys.argv[2:]):
        requests = (Request((Message("user", f"p{i} " + "word " * 300),), 0.7, 50) for i in range(number))
        print(ask_all(Echo(), requests, store, Limits()).finished, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""
    command = [sys.executable, "-c", script, str(tmp_path / "s.sqlite"), str(few), str(many)]
    lines = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
    assert (lines[0], lines[2]) == (str(few), str(many))
    assert int(lines[3]) - int(lines[1]) < limit


def test_reading_while_another_thread_writes(store: Store) -> None:
    stop = threading.Event()

    def write() -> None:
        for i in range(5000):
            store.put(f"k{i}", "m", Completion("x"))
        stop.set()

    thread = threading.Thread(target=write)
    thread.start()
    while not stop.is_set():
        store.get("k4999")
        list(store.rows("SELECT count(*) FROM completions"))
    thread.join()
    store.put("last", "m", Completion("x")).result()
    assert len(store) == 5001


def test_several_answers_at_once(store: Store) -> None:
    store.put("a", "m", Completion("one")).result()
    store.put("b", "m", Completion("two", "thought")).result()
    store.put("c", "m", Failure("empty")).result()
    keys = ["b", "nothing", "a", "c", "b"]
    assert store.get_all(keys) == [store.get(key) for key in keys] and store.get_all([]) == []
    assert [store.has(key) for key in keys] == [True, False, True, False, True]


def test_the_store_file_is_elsewhere(tmp_path: Path) -> None:
    (tmp_path / "f").write_text("no database, but long enough to be looked at as one" * 30)
    with pytest.raises(SparError, match="cannot be used as a store"):
        Store(tmp_path / "f")
