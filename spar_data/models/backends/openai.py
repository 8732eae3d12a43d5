"""`openai:MODEL@URL[,URL...]`: servers that speak the chat-completions protocol, through the package `openai`.

Its async client sends over aiohttp, which takes about 40% less CPU per call than its default. Retries, waits and
deadlines are our own, because they depend on each other.
"""

from __future__ import annotations

import asyncio
import dataclasses
import time
from typing import TYPE_CHECKING

from spar_data.core.errors import SparError
from spar_data.models.backends.openai_protocol import api_key, openai_identity, read_reply, request_body
from spar_data.models.backends.pace import Concurrency, PerMinute, backoff, retry_after
from spar_data.models.backends.servers import REFUSALS, Server, Servers
from spar_data.models.model_spec import Backend, Spec, split_options
from spar_data.models.requests import Answer, Failure, Model, Request, estimate_prompt
from spar_data.models.spending.limits import Limits
from spar_data.models.store import Store

if TYPE_CHECKING:
    from openai import AsyncOpenAI

_IN_FLIGHT = 64
_OTHER_FILES = 128  # open files of a process besides its connections
_MALFORMED = 3  # attempts when the reply is not a chat completion: the request may be the reason
_RETRIED = {408, 409, 425, 429}  # and 5xx


class OpenAIChat:
    """The backend. retries: number of calls that were sent again."""

    def __init__(self, spec: Spec, limits: Limits = Limits()) -> None:
        self.identity = openai_identity(spec)
        self.in_flight = _allowed_calls(limits.concurrency or _IN_FLIGHT * len(spec.urls or [""]))
        self.retries = 0
        self._model, self._deadline, self._attempts = spec.target, limits.deadline, limits.attempts
        self._key = api_key(spec)
        self._servers = Servers(
            [Server(url or "the OpenAI API", client(url, self._key, self.in_flight), Concurrency(self.in_flight))
             for url in spec.urls or [""]]
        )  # fmt: skip
        self._requests, self._tokens = PerMinute(limits.rpm), PerMinute(limits.tpm)
        self._unsupported: set[str] = set()  # parameters that the servers do not know

    async def ask(self, request: Request) -> list[Answer]:
        """n answers. A call that still fails after its retries is a Failure; a refused key or model ends the run."""
        answers = await self._call(request)
        if isinstance(answers, Failure):
            return [answers] * request.n
        missing = request.n - len(answers)
        if missing > 0:  # the server does not know n, or sent too few
            calls = (self._call(dataclasses.replace(request, n=1)) for _ in range(missing))
            answers += [reply if isinstance(reply, Failure) else reply[0] for reply in await asyncio.gather(*calls)]
        return answers

    async def close(self) -> None:
        for server in self._servers.servers:
            await server.client.close()

    async def _call(self, request: Request) -> list[Answer] | Failure:
        """One to n answers, or the Failure of the whole call."""
        estimate = estimate_prompt(request) + request.n * request.max_tokens // 2
        failure, attempt, ends = Failure("error"), 0, 0.0
        while attempt < self._attempts:
            await self._requests.take(1)
            await self._tokens.take(estimate)
            server = await self._servers.acquire()
            began, unsupported = time.monotonic(), frozenset(self._unsupported)
            ends = ends or began + self._deadline  # waiting for a free server does not count
            try:
                if began >= ends:
                    return Failure("deadline", f"{failure} for {self._deadline:g} seconds")
                async with asyncio.timeout(ends - began):
                    content = await self._send(server, request, unsupported)
                answers = read_reply(content, request)
                if not isinstance(answers, Failure):
                    used = sum(a.prompt_tokens + a.completion_tokens for a in answers)
                    self._tokens.correct(used - estimate)
                    self._servers.well(server, began, sum(a.completion_tokens for a in answers) // len(answers))
                    return answers
                failure, wait = answers, backoff(attempt)
                attempt = max(attempt, self._attempts - _MALFORMED)
            except TimeoutError:
                self._servers.overload(server, began, 0.0)
                self._servers.trouble(server, "no answer in time")
                return Failure("deadline", f"no answer within {self._deadline:g} seconds")
            except Exception as error:
                handled = self._handle(error, server, began, attempt, unsupported)
                if handled is None:
                    continue  # the request was changed: it is sent again at once, and no attempt is counted
                failure, wait = handled
                if wait < 0:
                    return failure
            finally:
                self._servers.release(server)
            attempt += 1
            if time.monotonic() + wait >= ends:
                return Failure("deadline", f"{failure} for {self._deadline:g} seconds")
            if attempt < self._attempts:
                self.retries += 1
                await asyncio.sleep(wait)
        return Failure(failure.cause, f"{failure.detail} (the last of several attempts)")

    async def _send(self, server: Server, request: Request, unsupported: frozenset[str]) -> bytes:
        """Posts to the endpoint by its path, which the package supports: typed parameters would cost a quarter of the CPU
        time of a call, and a typed reply would hide what the server really sent."""
        import httpx2

        body = request_body(self._model, request, unsupported)
        reply: httpx2.Response = await server.client.post("/chat/completions", body=body, cast_to=httpx2.Response)
        return reply.content

    def _handle(
        self, error: Exception, server: Server, began: float, attempt: int, unsupported: frozenset[str]
    ) -> tuple[Failure, float] | None:
        """(failure, seconds until the next attempt or -1 for no attempt); None if the request was changed."""
        import openai

        message = self._message(error)
        if not isinstance(error, openai.APIStatusError):
            if not isinstance(error, openai.APIConnectionError | OSError):
                raise error
            self._servers.trouble(server, message)
            return Failure("connection", message), backoff(attempt)
        status = error.status_code
        failure = Failure(f"status {status}", message)
        if status in REFUSALS or (status == 429 and "insufficient_quota" in message):
            hint = "check OPENAI_API_KEY (or SPAR_API_KEY), the model's name, the address and the account"
            other = self._servers.refuse(
                server, f"refused the model {self._model!r} with status {status}: {message}. {hint}"
            )
            return failure, 0.0 if other else -1.0
        if status in _RETRIED or status >= 500:
            wait = retry_after(error.response.headers.get("retry-after"))
            if status in (429, 503):
                self._servers.overload(server, began, wait)
            elif status >= 500:
                self._servers.trouble(server, f"status {status}: {message}")
            return failure, max(wait, backoff(attempt))
        if status in (400, 422) and self._learn(message, unsupported):
            return None
        return failure, -1.0

    def _learn(self, message: str, unsupported: frozenset[str]) -> bool:
        """Notes a parameter that the server does not know: a reply format, max_tokens by its old name, several samples."""
        for parameter, signs in _SIGNS.items():
            if parameter not in unsupported and any(sign in message for sign in signs):
                self._unsupported.add(parameter)
                return True
        return False

    def _message(self, error: Exception) -> str:
        """The server's message in one line, without the key."""
        body = getattr(error, "body", None)
        text = str(body.get("message") or "") if isinstance(body, dict) else ""
        text = (text or str(error) or type(error).__name__).replace(self._key or "\0", "***")
        return " ".join(text.split())[:300]


_SIGNS = {  # words of a refusal, by the parameter that it refuses
    "response_format": ("response_format", "json_schema", "guided", "structured"),
    "max_tokens": ("max_completion_tokens",),
    "n": ("n must be 1",),
}


def _allowed_calls(calls: int) -> int:
    """The number of calls for which the system grants connections; raises the soft limit of open files if necessary."""
    try:
        import resource
    except ImportError:  # Windows has no such limit
        return calls
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    needed = calls + _OTHER_FILES
    if soft < needed:
        soft = needed if hard == resource.RLIM_INFINITY else min(needed, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    return max(1, min(calls, soft - _OTHER_FILES))


def client(url: str, key: str, connections: int) -> AsyncOpenAI:
    import httpx2
    from openai import AsyncOpenAI, DefaultAioHttpClient

    limits = httpx2.Limits(max_connections=connections + 8, max_keepalive_connections=connections + 8)
    timeout = httpx2.Timeout(None, connect=10.0)  # `OpenAIChat` enforces the deadline of a request
    http = DefaultAioHttpClient(limits=limits)
    return AsyncOpenAI(api_key=key or "none", base_url=url or None, max_retries=0, timeout=timeout, http_client=http)


def _parse(text: str, rest: str) -> Spec:
    model, *parts = rest.split(",")
    model, at, url = model.partition("@")
    options, others = split_options([url, *parts] if at else parts, frozenset({"revision"}))
    for part in others:
        if not part.startswith(("http://", "https://")):
            raise SparError(f"model {text!r}: {part!r}: a URL (http://...) or revision=... is expected")
    return Spec("openai", model, tuple(url.rstrip("/") for url in others), options)


def _open(spec: Spec, limits: Limits, store: Store) -> Model:
    if not limits.batch:
        return OpenAIChat(spec, limits)
    from spar_data.models.backends.openai_batch import OpenAIBatch

    return OpenAIBatch(spec, store)


BACKEND = Backend(
    forms={
        "openai:MODEL@URL[,URL...][,revision=R]": "any server that speaks chat completions: OpenAI (no @URL), vllm serve, "
        "llama.cpp. Key: SPAR_API_KEY or OPENAI_API_KEY"
    },
    identify=openai_identity,
    open=_open,
    options=frozenset({"revision"}),
    parse=_parse,
    batch=True,
)
