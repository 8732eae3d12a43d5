"""A real HTTP server on loopback that speaks chat completions and the batch API, and misbehaves by script.

In a test: `ScriptedServer(answer)`, a thread. As a process of its own, for benchmarks:
`python server.py --latency 2 --jitter 1`; it prints its URL and counts calls under GET /v1/calls.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Reply:
    """What one call gets. drop: the connection is cut after the head; drip: seconds between single bytes; choices: how
    many instead of the n that was asked for; body: sent as it is; texts: of the choices, in place of text."""

    text: str | None = "ok"
    texts: tuple[str, ...] = ()
    status: int = 200
    finish_reason: str = "stop"
    message: dict[str, Any] = field(default_factory=dict)
    retry_after: str | None = None
    delay: float = 0.0
    drip: float = 0.0
    drop: bool = False
    choices: int | None = None
    body: bytes | None = None


Answer = Callable[[str, int], "Reply | str | int"]


class ScriptedServer:
    """`answer(prompt, nth)` decides the reply to the nth call (from 1) with that user message: a Reply, its text alone or
    its status alone. `calls` counts calls by prompt, `requests` keeps the bodies of the first 1,000. whole: the prompt is
    all messages, a blank line between two."""

    def __init__(
        self, answer: Answer = lambda prompt, nth: f"answer to {prompt}", port: int = 0, whole: bool = False
    ) -> None:
        self.calls: Counter[str] = Counter()
        self.requests: list[dict[str, Any]] = []
        self.keys: set[str] = set()
        self.in_flight = self.most_in_flight = 0
        self.waited = 0.0  # seconds of delay, all calls one after the other
        self.files: dict[str, bytes] = {}
        self.batches: dict[str, dict[str, Any]] = {}
        self.batch_polls = 2  # a batch is done when it has been asked for that often
        self._answer = answer
        self._whole = whole
        self._port = port
        self._ready = threading.Event()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()
        self._ready.wait()
        self.url = f"http://127.0.0.1:{self._port}/v1"

    def close(self) -> None:
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join()

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        server = self._loop.run_until_complete(
            asyncio.start_server(self._connection, "127.0.0.1", self._port, backlog=4096)
        )
        self._port = server.sockets[0].getsockname()[1]
        self._ready.set()
        self._loop.run_forever()
        server.close()
        for task in asyncio.all_tasks(self._loop):
            task.cancel()
        self._loop.run_until_complete(asyncio.sleep(0.01))
        self._loop.close()

    async def _connection(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
                method, path, _ = head.split("\r\n", 1)[0].split(" ")
                headers = {k.lower(): v for k, _, v in (line.partition(": ") for line in head.split("\r\n")[1:])}
                body = await reader.readexactly(int(headers.get("content-length", "0")))
                self.keys.add(headers.get("authorization", ""))
                reply = await self._route(method, path, headers, body)
                await self._send(writer, reply)
                if reply.drop:
                    return
        except (asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
            pass
        finally:
            writer.close()

    async def _send(self, writer: asyncio.StreamWriter, reply: Reply) -> None:
        body = reply.body or b""
        head = f"HTTP/1.1 {reply.status} X\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n"
        if reply.retry_after is not None:
            head += f"Retry-After: {reply.retry_after}\r\n"
        writer.write((head + "\r\n").encode())
        if reply.drop:
            writer.write(body[: len(body) // 2])
        elif reply.drip:
            for i in range(len(body)):
                writer.write(body[i : i + 1])
                await writer.drain()
                await asyncio.sleep(reply.drip)
        else:
            writer.write(body)
        await writer.drain()

    async def _route(self, method: str, path: str, headers: dict[str, str], body: bytes) -> Reply:
        if path.endswith("/chat/completions"):
            self.in_flight += 1
            self.most_in_flight = max(self.most_in_flight, self.in_flight)
            try:
                return await self._chat(json.loads(body))
            finally:
                self.in_flight -= 1
        if path.endswith("/calls"):
            counts = Counter(self.calls.values())
            return _json(
                {"calls": self.calls.total(), "prompts": len(self.calls), "times": dict(counts), "waited": self.waited}
            )
        if path.endswith("/files"):
            return self._upload(headers, body)
        if "/files/" in path:
            return Reply(body=self.files[path.split("/files/")[1].split("/")[0]])
        if path.partition("?")[0].endswith("/batches"):
            if method == "GET":
                return _json(
                    {
                        "object": "list",
                        "has_more": False,
                        "data": [_batch(n, b, "in_progress") for n, b in self.batches.items()],
                    }
                )
            return self._submit(json.loads(body))
        if "/batches/" in path:
            return self._poll(path.split("/batches/")[1])
        return _json({"error": {"message": f"no route {path}"}}, 404)

    async def _chat(self, request: dict[str, Any]) -> Reply:
        prompt = "\n\n".join(m["content"] for m in request["messages"][0 if self._whole else -1 :])
        self.calls[prompt] += 1
        self.requests[1000:] = []
        self.requests.append(request)
        scripted = self._answer(prompt, self.calls[prompt])
        reply = Reply(text=scripted) if isinstance(scripted, str) else scripted
        reply = Reply(status=reply) if isinstance(reply, int) else reply
        if reply.delay:
            self.waited += reply.delay
            await asyncio.sleep(reply.delay)
        if reply.body is not None:
            return reply
        if reply.status != 200:
            body: dict[str, Any] = {"error": {"message": reply.text}}
        else:
            body = completion(reply, request.get("n") or 1)
        return Reply(**{**reply.__dict__, "body": json.dumps(body).encode()})

    def _upload(self, headers: dict[str, str], body: bytes) -> Reply:
        boundary = b"--" + headers["content-type"].partition("boundary=")[2].strip('"').encode()
        part = next(p for p in body.split(boundary) if b'name="file"' in p)
        name = f"file-{len(self.files)}"
        self.files[name] = part.partition(b"\r\n\r\n")[2].removesuffix(b"\r\n")
        return _json({"id": name, "object": "file", "bytes": 1, "created_at": 0, "filename": "f", "purpose": "batch"})

    def _submit(self, request: dict[str, Any]) -> Reply:
        name = f"batch-{len(self.batches)}"
        self.batches[name] = {"input": request["input_file_id"], "polls": 0, "metadata": request.get("metadata")}
        return _json(_batch(name, self.batches[name], "in_progress"))

    def _poll(self, name: str) -> Reply:
        batch = self.batches[name]
        batch["polls"] += 1
        if batch["polls"] < self.batch_polls:
            return _json(_batch(name, batch, "in_progress"))
        if "output" not in batch:
            lines = []
            for line in self.files[batch["input"]].splitlines():
                item = json.loads(line)
                prompt = item["body"]["messages"][-1]["content"]
                self.calls[prompt] += 1
                scripted = self._answer(prompt, self.calls[prompt])
                reply = Reply(text=scripted) if isinstance(scripted, str) else scripted
                reply = Reply(status=reply) if isinstance(reply, int) else reply
                body = completion(reply, item["body"].get("n") or 1)
                if reply.status != 200:
                    body = {"error": {"message": "scripted"}}
                response = {"status_code": reply.status, "body": body}
                lines.append(json.dumps({"custom_id": item["custom_id"], "response": response, "error": None}))
            batch["output"] = f"file-{len(self.files)}"
            self.files[batch["output"]] = "\n".join(reversed(lines)).encode()  # any order is allowed
        return _json(_batch(name, batch, "completed"))


def completion(reply: Reply, n: int = 1) -> dict[str, Any]:
    choices = [
        {
            "index": i,
            "finish_reason": reply.finish_reason,
            "message": {"role": "assistant", "content": _content(reply, i)} | reply.message,
        }
        for i in range(n if reply.choices is None else reply.choices)
    ]
    usage = {"prompt_tokens": 7, "completion_tokens": 3 * len(choices), "total_tokens": 7 + 3 * len(choices)}
    return {
        "id": "x", "object": "chat.completion", "created": 0, "model": "m", "choices": choices, "usage": usage,
    }  # fmt: skip


def _content(reply: Reply, i: int) -> str | None:
    if reply.texts:
        return reply.texts[i % len(reply.texts)]
    return reply.text if i == 0 else f"{reply.text} #{i}"


def _json(body: dict[str, Any], status: int = 200) -> Reply:
    return Reply(status=status, body=json.dumps(body).encode())


def _batch(name: str, batch: dict[str, Any], status: str) -> dict[str, Any]:
    return {
        "id": name, "object": "batch", "status": status, "input_file_id": batch["input"],
        "output_file_id": batch.get("output"), "metadata": batch["metadata"],
        "endpoint": "/v1/chat/completions", "completion_window": "24h", "created_at": 0,
    }  # fmt: skip


Serve = Callable[..., ScriptedServer]
"""The fixture `serve`: starts a scripted server that the end of the test closes."""


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--latency", type=float, default=0.0)
    parser.add_argument("--jitter", type=float, default=0.0)
    parser.add_argument("--port", type=int, default=0)
    options = parser.parse_args()
    random.seed(0)

    def scripted(prompt: str, nth: int) -> Reply:
        delay = max(0.0, options.latency + random.uniform(-options.jitter, options.jitter))
        return Reply(text=f"answer to {prompt[:200]}", delay=delay)

    print(ScriptedServer(scripted, options.port).url, flush=True)
    threading.Event().wait()
