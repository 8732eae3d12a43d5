"""`openai:MODEL@URL`: any server that speaks the chat-completions protocol, through the package `openai`."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Sequence
from typing import NamedTuple

from spar_data.errors import SparError
from spar_data.models.requests import Completion, Failure, Request
from spar_data.models.store import Store, completion_key

_FAMILY = "chat.completions"
_RETRIES = 6  # of 408, 409, 429, 5xx and broken connections, with back-off; the package's own
_TIMEOUT = 300.0  # seconds for one answer


class Endpoint(NamedTuple):
    """model name and base URL ("" = the package's default: OPENAI_BASE_URL or OpenAI itself)."""

    model: str
    url: str


def endpoint(spec: str) -> Endpoint:
    """Parses 'openai:MODEL' or 'openai:MODEL@URL'. Raises SparError."""
    kind, _, rest = spec.partition(":")
    model, _, url = rest.partition("@")
    if kind != "openai":
        raise SparError(f"teacher {spec!r}: 'rules' or 'openai:MODEL@URL' is expected")
    if not model or (url and not url.startswith(("http://", "https://"))):
        raise SparError(
            f"teacher {spec!r}: openai:MODEL@URL is expected, e.g. openai:my-model@http://localhost:8000/v1"
        )
    return Endpoint(model, url)


def missing(spec: str, requests: Sequence[Request], store: Store) -> int:
    """How many of the requests have no stored answer."""
    model = endpoint(spec).model
    return sum(store.get(completion_key(r, model, _FAMILY)) is None for r in requests)


def complete(
    spec: str,
    requests: Sequence[Request],
    store: Store,
    concurrency: int = 32,
    advance: Callable[[int], None] = lambda done: None,
) -> list[Completion | Failure]:
    """Answers every request, in input order; stored answers are not asked for again, new ones are stored as they arrive.

    What stays wrong after retries is a Failure. A refused key (401, 403) and an unknown model or address (404), which
    would fail every row, end the run with a SparError; so does Ctrl-C. What was answered until then is stored.
    """
    return asyncio.run(_complete(endpoint(spec), requests, store, concurrency, advance))


async def _complete(
    where: Endpoint, requests: Sequence[Request], store: Store, concurrency: int, advance: Callable[[int], None]
) -> list[Completion | Failure]:
    from openai import AsyncOpenAI

    key = os.environ.get("OPENAI_API_KEY")
    if not key and not (where.url or os.environ.get("OPENAI_BASE_URL")):
        raise SparError(f"teacher openai:{where.model} needs a key: set OPENAI_API_KEY, or name a server with @URL")
    answers: list[Completion | Failure | None] = [None] * len(requests)
    todo = iter(range(len(requests)))
    async with AsyncOpenAI(
        api_key=key or "none", base_url=where.url or None, max_retries=_RETRIES, timeout=_TIMEOUT
    ) as client:

        async def work() -> None:
            for i in todo:  # shared by all workers: each takes the next request
                key = completion_key(requests[i], where.model, _FAMILY)
                answer: Completion | Failure | None = store.get(key)
                if answer is None:
                    answer = await _ask(client, where, requests[i])
                    if isinstance(answer, Completion):
                        store.put(key, answer)
                answers[i] = answer
                advance(1)

        try:
            async with asyncio.TaskGroup() as group:
                for _ in range(min(concurrency, len(requests))):
                    group.create_task(work())
        except* SparError as errors:
            raise errors.exceptions[0] from None
    return [answer if answer is not None else Failure("not asked") for answer in answers]


async def _ask(client: object, where: Endpoint, request: Request) -> Completion | Failure:
    import openai

    try:
        reply = await client.chat.completions.create(  # type: ignore[attr-defined]
            model=where.model,
            messages=[{"role": m.role, "content": m.content} for m in request.messages],
            temperature=request.temperature,
            top_p=request.top_p,
            max_tokens=request.max_tokens,
        )
    except (openai.AuthenticationError, openai.PermissionDeniedError, openai.NotFoundError) as error:
        raise SparError(
            f"{where.url or 'the OpenAI API'} refused the model {where.model!r} with status {error.status_code}: "
            "check OPENAI_API_KEY, the model's name and the address"
        ) from None
    except openai.APIStatusError as error:
        return Failure(f"status {error.status_code} after {_RETRIES} retries")
    except openai.APIError as error:
        return Failure(f"{type(error).__name__}: {str(error).splitlines()[0] if str(error) else ''}".strip(": "))
    except ValueError:
        return Failure("reply is not valid JSON")
    choices = getattr(reply, "choices", None) or [None]  # a server may send anything
    text = choices[0].message.content if choices[0] and choices[0].message else None
    if choices[0] is None or not isinstance(text, str) or not text.strip():
        return Failure("reply without text")
    if choices[0].finish_reason == "length":
        return Failure(f"cut off at max_tokens = {request.max_tokens}")
    usage = reply.usage
    return Completion(
        text=text,
        finish_reason=choices[0].finish_reason or "stop",
        prompt_tokens=usage.prompt_tokens if usage else 0,
        completion_tokens=usage.completion_tokens if usage else 0,
    )
