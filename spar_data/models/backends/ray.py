"""`ray:hf:PATH` and `ray:vllm:PATH`: a model in many processes of a Ray cluster, fed by Ray Data.

A chunk of requests is one Ray Data run, whose actors load the model once and map batches of requests to answers. If a node
is lost, Ray restarts its actors as soon as there is room (at the latest when the others are idle) and gives them the same
batches again. A run that fails for a reason of Ray's own is repeated with the requests that are still open.
"""

from __future__ import annotations

import dataclasses
import logging
import os
import pickle
import socket
import time
import traceback
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from spar_data.core.errors import SparError, first_line, importing
from spar_data.models.backends.batcher import Batcher, Run
from spar_data.models.backends.local import device_and_dtype, local_identity
from spar_data.models.model_spec import Backend, Spec, parse_spec, split_options
from spar_data.models.requests import Answer, Identity, Request

if TYPE_CHECKING:
    import pyarrow
    from ray.data import Dataset

_CHUNK = 4096  # requests of one Ray Data run: actors start and load the model once for each
_ACTORS = 2
_ROWS = {"hf": 32, "vllm": 512}  # requests of a batch at most; progress and the store advance batch by batch
_ROWS_GPU = 256  # the same for hf on a GPU, which batches continuously
_AHEAD = 2  # batches of an actor: one in work, one waiting
_TRIES = 3  # consecutive Ray Data runs without an answer after which the run ends
_PATIENCE = 10.0  # seconds that a cluster gets to accept a connection

_OPTIONS = frozenset({"actors", "gpus", "address", "chunk"})

Row = tuple[int, Request]


def open_ray(spec: Spec) -> Batcher:
    """Connects to the cluster. Raises SparError.

    Options: actors=N, gpus=N for each of them, address=HOST:PORT, chunk=N requests.
    """
    inner = _inner(spec)
    if inner.kind == "hf":  # the number format is that of this machine: nodes might choose another one
        inner = dataclasses.replace(inner, options=inner.options | {"dtype": device_and_dtype(inner)[1]})
    actors, chunk = spec.integer("actors", _ACTORS, 1), spec.integer("chunk", _CHUNK, 1)
    identity = local_identity(inner)
    _connect(spec.options.get("address"))
    import ray

    gpus = spec.integer("gpus", inner.integer("tp", 1) if ray.cluster_resources().get("GPU") else 0)
    _check_room(gpus)
    runs = RayRuns(inner, identity, actors, gpus)
    batcher = Batcher(identity, runs.run, chunk)
    runs.stopping = batcher.stopping.is_set
    return batcher


class RayRuns:
    """Answers chunks of requests. gpus: number for each actor; an actor without GPUs has one CPU core."""

    def __init__(self, spec: Spec, identity: Identity, actors: int, gpus: int) -> None:
        self.stopping = lambda: False
        self._spec, self._identity, self._actors, self._gpus = spec, identity, actors, gpus

    def run(self, requests: Sequence[Request]) -> Iterator[tuple[int, Sequence[Answer]]]:
        """Answers each request once, whatever happens to nodes. Raises SparError if an actor does."""
        from ray.exceptions import RayError

        unanswered = dict(enumerate(requests))
        fruitless, reason = 0, ""
        while unanswered and fruitless < _TRIES:
            time.sleep(fruitless)  # a cluster that just lost a node settles
            before = len(unanswered)
            try:
                for i, answers in self._stream(list(unanswered.items())):
                    if self.stopping():
                        return
                    if unanswered.pop(i, None):
                        yield i, answers
            except RayError as error:
                reason = (str(error).strip().splitlines() or [type(error).__name__])[-1]
            fruitless = 0 if len(unanswered) < before else fruitless + 1
        if unanswered:
            raise SparError(f"{_TRIES} Ray Data runs in a row gave no answer: {reason}. Ray's logs say more")

    def _stream(self, rows: list[Row]) -> Iterator[tuple[int, Sequence[Answer]]]:
        """One Ray Data run. Raises RayError, and the exception of a worker."""
        for table in self._dataset(rows).iter_batches(batch_size=None, batch_format="pyarrow", prefetch_batches=0):
            for i, packed in zip(table["index"].to_pylist(), table["answers"].to_pylist(), strict=True):
                answers = pickle.loads(packed)
                if isinstance(answers, Exception):
                    raise answers
                yield i, answers

    def _dataset(self, rows: list[Row]) -> Dataset:
        import ray.data

        size = self._batch_size(len(rows))
        items = [{"index": i, "request": pickle.dumps(request)} for i, request in self._ordered(rows)]
        dataset = ray.data.from_items(items, override_num_blocks=-(-len(items) // size)).map_batches(
            Worker,
            fn_constructor_args=(self._spec, self._identity),
            compute=ray.data.ActorPoolStrategy(size=self._actors, max_tasks_in_flight_per_actor=_AHEAD),
            batch_size=None,  # a block of from_items, which holds at most `size` requests, is a batch
            batch_format="pyarrow",
            num_gpus=self._gpus or None,
        )
        dataset.context.enable_progress_bars = False
        dataset.context.execution_no_progress_timeout_s = -1  # answers may be long and the cluster full
        return dataset

    def _batch_size(self, rows: int) -> int:
        limit = self._spec.integer("batch", _ROWS[self._spec.kind])
        if self._spec.kind == "hf" and self._gpus:
            limit = max(limit, _ROWS_GPU)
        return max(1, min(limit, -(-rows // self._actors)))

    def _ordered(self, rows: list[Row]) -> list[Row]:
        """Orders requests for padded batches: equal sampling together, longest first.

        vLLM makes its own batches and profits from neighbours that share a prefix.
        """

        def order(row: Row) -> tuple[str, int]:
            sampling = dataclasses.replace(row[1], messages=(), n=1)
            return repr(sampling), -sum(len(message.content) for message in row[1].messages)

        return rows if self._spec.kind == "vllm" else sorted(rows, key=order)


class Worker:
    """The actor: holds a model and maps tables of (index, request) to tables of (index, answers).

    An exception is returned as an answer with index -1, so that it reaches the caller unchanged and Ray does not retry.
    """

    def __init__(self, spec: Spec, identity: Identity) -> None:
        self._error: Exception | None = None
        try:
            self._run = _load(spec, identity)
        except Exception as error:
            self._error = _portable(error)

    def __call__(self, table: pyarrow.Table) -> pyarrow.Table:
        import pyarrow

        indices = table["index"].to_pylist()
        rows: list[tuple[int, Sequence[Answer] | Exception]] = []
        try:
            if self._error:
                raise self._error
            requests = [pickle.loads(packed) for packed in table["request"].to_pylist()]
            rows.extend((indices[i], answers) for i, answers in self._run(requests))
        except Exception as error:
            rows.append((-1, _portable(error)))
        packed = pyarrow.array([pickle.dumps(answers) for _, answers in rows], pyarrow.binary())
        return pyarrow.table({"index": pyarrow.array([i for i, _ in rows], pyarrow.int64()), "answers": packed})


def _load(spec: Spec, identity: Identity) -> Run:
    """Loads the model. Raises SparError if it differs from that of the machine that started the run."""
    if local_identity(spec).key != identity.key:
        raise SparError(
            f"the files of {spec.target} on the Ray node {os.uname().nodename} are not those of the machine that the "
            "run was started on: the same model is expected on every node"
        )
    if spec.kind == "hf":
        from spar_data.models.backends.hf import Transformers

        return Transformers(spec).run
    from spar_data.models.backends.vllm import VLLM

    return VLLM(spec).run


def _portable(error: Exception) -> Exception:
    """An exception that any process can unpickle."""
    if type(error) in (SparError, RuntimeError):
        return error
    return RuntimeError("".join(traceback.format_exception(error)))


def _inner(spec: Spec) -> Spec:
    inner = parse_spec(spec.target)
    if inner.kind not in _ROWS:
        raise SparError(f"ray:{spec.target}: ray:hf:PATH or ray:vllm:PATH is expected")
    return inner


def _connect(address: str | None) -> None:
    """Connects to the first of these: the Ray that this process uses, the address, RAY_ADDRESS, a cluster of this machine,
    a new one."""
    with importing("ray", "ray", "a model ray:..."):
        import ray
        import ray.data
    for handler in logging.getLogger("ray.data").handlers:  # Ray Data writes to the terminal; its log file stays
        if isinstance(handler, logging.StreamHandler):
            handler.setLevel(logging.CRITICAL + 1)
    if ray.is_initialized():
        return
    os.environ.setdefault("RAY_BACKEND_LOG_LEVEL", "fatal")  # for the C++ part, which writes to the terminal
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    address = address or os.environ.get("RAY_ADDRESS")
    try:
        _knock(address or "")
        ray.init(address=address, log_to_driver=False, logging_level=logging.ERROR)
    except (OSError, RuntimeError, ValueError) as error:
        raise SparError(f"the Ray cluster {address or 'of this machine'} cannot be used: {first_line(error)}") from None


def _knock(address: str) -> None:
    """Raises OSError if nothing listens at HOST:PORT: Ray itself would try for minutes."""
    host, colon, port = address.rpartition(":")
    if colon and port.isdecimal() and "/" not in host:
        socket.create_connection((host, int(port)), timeout=_PATIENCE).close()


def _check_room(gpus: int) -> None:
    """Raises SparError if no node can hold an actor: Ray would wait without a message."""
    import ray

    name, amount = ("GPU", gpus) if gpus else ("CPU", 1)
    largest = max((node["Resources"].get(name, 0) for node in ray.nodes() if node["Alive"]), default=0)
    if largest < amount:
        raise SparError(
            f"an actor needs {amount} {name}s of one node, and no node of the Ray cluster has more than {largest:g}"
        )


def _parse(text: str, rest: str) -> Spec:
    """The options of ray are ray's; all others go to the inner model."""
    target, *parts = rest.split(",")
    options, inner = split_options(parts, _OPTIONS)
    return Spec("ray", ",".join([target, *inner]), options=options)


BACKEND = Backend(
    forms={
        "ray:vllm:PATH[,actors=N][,gpus=N][,address=A]": "vLLM on every node of a Ray cluster",
        "ray:hf:PATH[,actors=N][,gpus=N][,address=A]": "transformers on every node of a Ray cluster",
    },
    identify=lambda spec: local_identity(_inner(spec)),
    open=lambda spec, limits, store: open_ray(spec),
    options=_OPTIONS,
    parse=_parse,
)
