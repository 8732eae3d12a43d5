"""`openai:MODEL@URL[,URL...]`: servers that speak the chat-completions protocol, through the package `openai`.

Its async client sends over aiohttp, which takes about 40% less CPU a call than its default. Retries, waiting and time
limits are ours: they have to know of each other.
"""

from __future__ import annotations

import asyncio
import dataclasses
import json
import os
import time
from collections.abc import Collection
from typing import Any

import orjson

from spar_data.core.errors import SparError
from spar_data.models.backends.pace import Concurrency, PerMinute, backoff, retry_after
from spar_data.models.backends.servers import REFUSALS, Server, Servers
from spar_data.models.model_spec import Backend, Spec, split_options
from spar_data.models.requests import Answer, Failure, Identity, Model, Request, estimate_prompt
from spar_data.models.spending.limits import Limits
from spar_data.models.store import Store
from spar_data.models.thinking import conclude, split_thinking

_IN_FLIGHT = 64
_OTHER_FILES = 128  # that a process has open beside its connections
_MALFORMED = 3  # attempts at a reply that is no chat completion: it may be the request that garbles it
_HEALS = {408, 409, 425, 429}  # and 5xx


class OpenAIChat:
    """The backend. retries: how many calls were sent again so far."""

    def __init__(self, spec: Spec, limits: Limits = Limits()) -> None:
        self.identity = openai_identity(spec)
        self.in_flight = _files(limits.concurrency or _IN_FLIGHT * len(spec.urls or [""]))
        self.retries = 0
        self._model, self._deadline, self._attempts = spec.target, limits.deadline, limits.attempts
        self._key = api_key(spec)
        self._servers = Servers(
            [Server(url or "the OpenAI API", client(url, self._key, self.in_flight), Concurrency(self.in_flight))
             for url in spec.urls or [""]]
        )  # fmt: skip
        self._requests, self._tokens = PerMinute(limits.rpm), PerMinute(limits.tpm)
        self._without: set[str] = set()  # parameters that the servers do not know

    async def ask(self, request: Request) -> list[Answer]:
        """n answers. What stays wrong after retries is a Failure; a refused key or model ends the run."""
        answers = await self._call(request)
        if isinstance(answers, Failure):
            return [answers] * request.n
        short = request.n - len(answers)
        if short > 0:  # the server does not know n, or sent too few
            rest = await asyncio.gather(*(self._call(dataclasses.replace(request, n=1)) for _ in range(short)))
            answers += [each if isinstance(each, Failure) else each[0] for each in rest]
        return answers

    async def close(self) -> None:
        for server in self._servers.servers:
            await server.client.close()

    async def _call(self, request: Request) -> list[Answer] | Failure:
        """From one to n answers, or a Failure of the whole call."""
        guess = estimate_prompt(request) + request.n * request.max_tokens // 2
        failure, attempt, ends = Failure("error"), 0, 0.0
        while attempt < self._attempts:
            await self._requests.take(1)
            await self._tokens.take(guess)
            server = await self._servers.acquire()
            began, without = time.monotonic(), frozenset(self._without)
            ends = ends or began + self._deadline  # waiting in line is not the request's fault
            try:
                if began >= ends:
                    return Failure("deadline", f"{failure} for {self._deadline:g} seconds")
                async with asyncio.timeout(ends - began):
                    content = await self._send(server, request, without)
                answers = read_reply(content, request)
                if not isinstance(answers, Failure):
                    used = sum(a.prompt_tokens + a.completion_tokens for a in answers)
                    self._tokens.correct(used - guess)
                    self._servers.well(server, began, sum(a.completion_tokens for a in answers) // len(answers))
                    return answers
                failure, wait = answers, backoff(attempt)
                attempt = max(attempt, self._attempts - _MALFORMED)
            except TimeoutError:
                self._servers.overload(server, began, 0.0)
                self._servers.trouble(server, "no answer in time")
                return Failure("deadline", f"no answer within {self._deadline:g} seconds")
            except Exception as error:
                known = self._judge(error, server, began, attempt, without)
                if known is None:
                    continue  # the request was changed: at once again, and no attempt counted
                failure, wait = known
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

    async def _send(self, server: Server, request: Request, without: frozenset[str]) -> bytes:
        """The package's own way to an endpoint by its path: typed parameters cost a quarter of a call's CPU, and a typed
        reply would hide what a server really sent."""
        import httpx2

        body = request_body(self._model, request, without)
        reply: httpx2.Response = await server.client.post("/chat/completions", body=body, cast_to=httpx2.Response)
        return reply.content

    def _judge(
        self, error: Exception, server: Server, began: float, attempt: int, without: frozenset[str]
    ) -> tuple[Failure, float] | None:
        """(failure, seconds until the next attempt), less than 0 for none, or None if the request was changed."""
        import openai

        said = self._redact(error)
        if not isinstance(error, openai.APIStatusError):
            if not isinstance(error, openai.APIConnectionError | OSError):
                raise error
            self._servers.trouble(server, said)
            return Failure("connection", said), backoff(attempt)
        status = error.status_code
        failure = Failure(f"status {status}", said)
        if status in REFUSALS or (status == 429 and "insufficient_quota" in said):
            hint = "check OPENAI_API_KEY (or SPAR_API_KEY), the model's name, the address and the account"
            other = self._servers.refuse(
                server, f"refused the model {self._model!r} with status {status}: {said}. {hint}"
            )
            return failure, 0.0 if other else -1.0
        if status in _HEALS or status >= 500:
            wait = retry_after(error.response.headers.get("retry-after"))
            if status in (429, 503):
                self._servers.overload(server, began, wait)
            elif status >= 500:
                self._servers.trouble(server, f"status {status}: {said}")
            return failure, max(wait, backoff(attempt))
        if status in (400, 422) and self._learn(said, without):
            return None
        return failure, -1.0

    def _learn(self, said: str, without: frozenset[str]) -> bool:
        """Leaves out what the server does not know: a reply format, max_tokens under its old name, several samples."""
        for parameter, signs in _UNKNOWN.items():
            if parameter not in without and any(sign in said for sign in signs):
                self._without.add(parameter)
                return True
        return False

    def _redact(self, error: Exception) -> str:
        body = getattr(error, "body", None)
        text = str(body.get("message") or "") if isinstance(body, dict) else ""
        text = (text or str(error) or type(error).__name__).replace(self._key or "\0", "***")
        return " ".join(text.split())[:300]


_UNKNOWN = {
    "response_format": ("response_format", "json_schema", "guided", "structured"),
    "max_tokens": ("max_completion_tokens",),
    "n": ("n must be 1",),
}


def openai_identity(spec: Spec) -> Identity:
    """Model and revision; not the address: several servers may serve one model."""
    parts = {"family": "chat.completions", "model": spec.target, "revision": spec.options.get("revision", "")}
    return Identity(spec.target, json.dumps(parts, sort_keys=True))


def api_key(spec: Spec) -> str:
    """From SPAR_API_KEY or OPENAI_API_KEY; servers of one's own may need none."""
    key = os.environ.get("SPAR_API_KEY") or os.environ.get("OPENAI_API_KEY") or ""
    if not key and not (spec.urls or os.environ.get("OPENAI_BASE_URL")):
        raise SparError(f"openai:{spec.target} needs a key: set OPENAI_API_KEY, or name a server with @URL")
    return key


def _files(calls: int) -> int:
    """As many calls as the system lets this process have connections; the soft limit is raised if need be."""
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


def client(url: str, key: str, connections: int) -> Any:
    import httpx2
    from openai import AsyncOpenAI, DefaultAioHttpClient

    limits = httpx2.Limits(max_connections=connections + 8, max_keepalive_connections=connections + 8)
    timeout = httpx2.Timeout(None, connect=10.0)  # the deadline of a request is kept elsewhere
    http = DefaultAioHttpClient(limits=limits)
    return AsyncOpenAI(api_key=key or "none", base_url=url or None, max_retries=0, timeout=timeout, http_client=http)


def request_body(model: str, request: Request, without: Collection[str] = ()) -> dict[str, Any]:
    """The JSON body of a chat completion. without: what to leave out."""
    most = "max_completion_tokens" if "max_tokens" in without else "max_tokens"
    body: dict[str, Any] = {
        "model": model,
        "messages": [{"role": m.role, "content": m.content} for m in request.messages],
        "temperature": request.temperature,
        "top_p": request.top_p,
        most: request.max_tokens,
    }
    if request.n > 1 and "n" not in without:
        body["n"] = request.n
    if request.stop:
        body["stop"] = list(request.stop)
    if request.seed is not None:
        body["seed"] = request.seed
    if request.schema and "response_format" not in without:
        schema = {"name": "reply", "schema": json.loads(request.schema), "strict": True}
        body["response_format"] = {"type": "json_schema", "json_schema": schema}
    return body


def read_reply(content: bytes, request: Request) -> list[Answer] | Failure:
    """The samples of a reply, at most n; the reply may hold anything, and may be no reply at all."""
    try:
        reply = orjson.loads(content)
    except ValueError:
        try:
            reply = json.loads(content)  # takes what orjson does not: lone surrogates, NaN
        except (ValueError, RecursionError):
            return Failure("malformed", f"the reply is not JSON: {content[:80]!r}")
    choices = reply.get("choices") if isinstance(reply, dict) else None
    if not isinstance(choices, list) or not choices:
        return Failure("malformed", f"the reply has no choices: {content[:80]!r}")
    choices = choices[: request.n]
    usage = reply.get("usage")
    prompt = _shares(usage, "prompt_tokens", len(choices))
    completion = _shares(usage, "completion_tokens", len(choices))
    return [_choice(c, request, p, t) for c, p, t in zip(choices, prompt, completion, strict=True)]


def _choice(choice: Any, request: Request, prompt: int, completion: int) -> Answer:
    message = choice.get("message") if isinstance(choice, dict) else None
    if not isinstance(message, dict):
        return Failure("malformed", "a choice without a message", prompt, completion)
    content = message.get("content")
    field = next((message[k] for k in ("reasoning_content", "reasoning") if isinstance(message.get(k), str)), None)
    split = split_thinking(content if isinstance(content, str) else "", field)
    if choice.get("finish_reason") == "content_filter":
        return Failure("content_filter", "the provider held the answer back", prompt, completion)
    return conclude(split, choice.get("finish_reason") == "length", request, prompt, completion)


def _shares(usage: Any, name: str, samples: int) -> list[int]:
    total = usage.get(name) if isinstance(usage, dict) else 0
    total = total if isinstance(total, int) and total > 0 else 0
    return [total // samples + (i < total % samples) for i in range(samples)]


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
    from spar_data.models.backends.openai_batch import open_batch

    return open_batch(spec, store)


BACKEND = Backend(
    forms=(
        (
            "openai:MODEL@URL[,URL...][,revision=R]",
            "any server that speaks chat completions: OpenAI (no @URL), vllm serve, llama.cpp. "
            "Key: SPAR_API_KEY or OPENAI_API_KEY",
        ),
    ),
    identify=openai_identity,
    open=_open,
    options=frozenset({"revision"}),
    parse=_parse,
    batch=True,
)
