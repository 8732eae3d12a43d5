"""The Ray backend on real clusters of one machine: the answers of hf:, also if a node dies in mid-run."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from tiny_model import build

from spar_data.core.errors import SparError
from spar_data.models import Answer, Completion, Message, Request, Store, complete, completion_keys, identify
from spar_data.models.backends import ray as backend
from spar_data.models.backends.local import local_identity
from spar_data.models.backends.ray import RayRuns, Worker, open_ray
from spar_data.models.model_spec import Spec, parse_spec
from spar_data.models.requests import Identity

ray = pytest.importorskip("ray")
cluster_utils = pytest.importorskip("ray.cluster_utils")
pytest.importorskip("transformers")

REQUESTS = [Request((Message("user", f"Prompt {i} {'x' * (i % 7)}"),), 0.0, 20) for i in range(240)]
BATCH = 8
_NOTES = "SPAR_TEST_NOTES"  # a folder where workers note what they do


class Noted(Worker):
    """Takes 0.3 s more for a batch and leaves a file NODE-PID-TIME for each, renamed to NODE-PID-TIME.done at its end."""

    def __call__(self, table: Any) -> Any:
        notes = Path(os.environ[_NOTES])
        node = ray.get_runtime_context().get_node_id()
        note = notes / f"{node}-{os.getpid()}-{time.time_ns()}"
        note.touch()
        _wait(lambda: len(_nodes(notes, "*")) == 2)  # both begin at the same time
        time.sleep(0.3)
        answers = super().__call__(table)
        note.rename(f"{note}.done")
        return answers


def _nodes(notes: Path, pattern: str) -> set[str]:
    return {path.name.partition("-")[0] for path in notes.glob(pattern)}


def _kill(cluster: Any, node: Any, notes: Path) -> None:
    """Ray's processes on the node, and the worker, which would live a second longer, in the middle of a batch."""
    worker = int(next(notes.glob(f"{node.node_id}-*")).name.split("-")[1])

    def stopped() -> bool:
        os.kill(worker, signal.SIGSTOP)
        if not _nodes(notes, f"{node.node_id}-*[0-9]"):  # between two batches
            os.kill(worker, signal.SIGCONT)
            return False
        return True

    _wait(stopped)
    cluster.remove_node(node, allow_graceful=False)
    os.kill(worker, signal.SIGKILL)


def _wait(until: Callable[[], bool], seconds: float = 300) -> None:
    end = time.monotonic() + seconds
    while not until():
        assert time.monotonic() < end
        time.sleep(0.01)


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """Two nodes with a CPU each: if one is lost, there is room for one actor only."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
        patch.setenv("PYTHONPATH", os.pathsep.join(sys.path))  # of the workers
        patch.setenv(_NOTES, str(tmp_path_factory.mktemp("notes")))
        size = {"num_cpus": 1, "object_store_memory": 100 * 2**20}
        cluster = cluster_utils.Cluster(initialize_head=True, head_node_args={"include_dashboard": False, **size})
        try:
            cluster.add_node(**size)
            ray.init(address=cluster.address, log_to_driver=False)
            yield cluster
        finally:
            ray.shutdown()
            cluster.shutdown()


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(tmp_path_factory.mktemp("tiny"))


@pytest.mark.slow
def test_errors_on_a_node_reach_the_caller(cluster: Any, tiny: Path) -> None:
    gone = RayRuns(Spec("vllm", "/no/such/model"), Identity("m", "k"), actors=1, gpus=0)
    with pytest.raises(SparError, match="/no/such/model does not exist"):
        list(gone.run(REQUESTS[:20]))
    spec = Spec("vllm", str(tiny))
    other = RayRuns(spec, Identity("m", local_identity(spec).key + " "), actors=1, gpus=0)
    with pytest.raises(SparError, match="not those of the machine"):
        list(other.run(REQUESTS[:1]))
    with pytest.raises(SparError, match="needs 3 GPUs of one node"):
        open_ray(parse_spec(f"ray:hf:{tiny},gpus=3"))


@pytest.mark.slow
def test_a_node_dies_in_mid_run(cluster: Any, tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backend, "Worker", Noted)
    notes = Path(os.environ[_NOTES])
    hf = f"hf:{tiny},dtype=float32,batch={BATCH}"
    with Store(tmp_path / "hf.sqlite") as store:
        expected, _ = complete(hf, REQUESTS, store)
    assert all(isinstance(answers[0], Completion) for answers in expected)
    assert len({str(answers) for answers in expected}) > 50

    with Store(tmp_path / "ray.sqlite") as store, ThreadPoolExecutor(1) as pool:
        running = pool.submit(complete, f"ray:{hf},actors=2", REQUESTS, store)
        _wait(lambda: running.done() or (len(_nodes(notes, "*.done")) == 2 and len(store) > 0))
        (victim,), stored = cluster.worker_nodes, len(store)
        _kill(cluster, victim, notes)
        killed = time.time_ns()
        answers, tally = running.result()

        assert victim.node_id not in {node["NodeID"] for node in ray.nodes() if node["Alive"]}
        theirs = [path.name for path in notes.glob(f"{victim.node_id}-*")]
        assert any(not name.endswith(".done") for name in theirs)  # a batch died with the node
        assert all(int(name.split("-")[2].removesuffix(".done")) < killed for name in theirs)
        assert 0 < stored < len(REQUESTS) / 2
        assert answers == expected
        assert tally.done == len(REQUESTS) and not tally.failed
        keys = [row["key"] for row in store.rows("SELECT key FROM completions")]
        assert sorted(keys) == sorted(key for r in REQUESTS for key in completion_keys(r, identify(hf)))

        calls = len(list(notes.iterdir()))
        again, tally = complete(f"ray:{hf},actors=2", REQUESTS, store)
        assert again == expected and tally.cached == len(REQUESTS) and tally.done == 0
        assert len(list(notes.iterdir())) == calls


Stream = Callable[[list[backend.Row]], Iterator[tuple[int, Sequence[Answer]]]]


def _scripted(stream: Stream, monkeypatch: pytest.MonkeyPatch) -> RayRuns:
    runs = RayRuns(Spec("vllm", "m"), Identity("m", "k"), actors=1, gpus=0)
    monkeypatch.setattr(runs, "_stream", stream)
    monkeypatch.setattr(time, "sleep", lambda seconds: None)
    return runs


def test_an_answer_that_comes_twice_counts_once_and_a_lost_one_is_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[list[int]] = []

    def stream(rows: list[backend.Row]) -> Iterator[tuple[int, Sequence[Answer]]]:
        asked.append([i for i, _ in rows])
        for i, _ in rows[:2]:
            yield i, [Completion(f"{i}")]
            yield i, [Completion("once more")]
        raise ray.exceptions.ObjectLostError("", None, "")

    runs = _scripted(stream, monkeypatch)
    assert list(runs.run(REQUESTS[:5])) == [(i, [Completion(f"{i}")]) for i in range(5)]
    assert asked == [[0, 1, 2, 3, 4], [2, 3, 4], [4]]


def test_runs_without_an_answer_come_to_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    def stream(rows: list[backend.Row]) -> Iterator[tuple[int, Sequence[Answer]]]:
        raise ray.exceptions.OutOfMemoryError("the node is full")
        yield

    with pytest.raises(SparError, match="3 Ray Data runs in a row gave no answer: the node is full"):
        list(_scripted(stream, monkeypatch).run(REQUESTS[:5]))


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ("ray:openai:m", "ray:hf:PATH or ray:vllm:PATH is expected"),
        ("ray:hf:m,actors=0", "actors=0: a whole number of at least 1 is expected"),
        ("ray:vllm:/no/such/model", "does not exist"),
        ("ray:vllm:{tiny},address=127.0.0.1:1", "the Ray cluster 127.0.0.1:1 cannot be used"),
    ],
)
def test_wrong_specs(spec: str, message: str, tiny: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ray, "is_initialized", lambda: False)
    with pytest.raises(SparError, match=message):
        open_ray(parse_spec(spec.format(tiny=tiny)))
