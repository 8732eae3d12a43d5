"""A real HTTP server on loopback that speaks chat completions and misbehaves by script."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Reply = str | int | bytes  # text = an answer; number = that status; bytes = that body with status 200


class ScriptedServer:
    """`answer(prompt, nth)` decides the reply to the nth call (from 1) with that user message. Counts calls per prompt."""

    def __init__(self, answer: Callable[[str, int], Reply]) -> None:
        self.calls: dict[str, int] = {}
        self.keys: set[str] = set()
        lock = threading.Lock()
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                prompt = request["messages"][-1]["content"]
                with lock:
                    server.calls[prompt] = server.calls.get(prompt, 0) + 1
                    server.keys.add(self.headers.get("Authorization", ""))
                    nth = server.calls[prompt]
                reply = answer(prompt, nth)
                if isinstance(reply, int):
                    self._send(reply, json.dumps({"error": {"message": "scripted"}}).encode())
                elif isinstance(reply, bytes):
                    self._send(200, reply)
                else:
                    self._send(200, json.dumps(completion(reply)).encode())

            def _send(self, status: int, body: bytes) -> None:
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                if status == 429:
                    self.send_header("Retry-After", "0")
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *args: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/v1"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


def completion(text: str | None, finish_reason: str = "stop") -> dict[str, Any]:
    return {
        "id": "x",
        "object": "chat.completion",
        "created": 0,
        "model": "m",
        "choices": [{"index": 0, "finish_reason": finish_reason, "message": {"role": "assistant", "content": text}}],
        "usage": {"prompt_tokens": 7, "completion_tokens": 3, "total_tokens": 10},
    }
