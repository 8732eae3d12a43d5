"""What the chat-completions and the batch API share: identity and key, the body of a request, the answers in a reply."""

from __future__ import annotations

import json
import os
from collections.abc import Collection

import orjson

from spar_data.core.errors import SparError
from spar_data.core.files import JsonValue
from spar_data.models.model_spec import Spec
from spar_data.models.requests import Answer, Failure, Identity, Request
from spar_data.models.thinking import conclude, split_thinking


def openai_identity(spec: Spec) -> Identity:
    """Model and revision. The address is not part of it: several servers may serve one model."""
    parts = {"family": "chat.completions", "model": spec.target, "revision": spec.options.get("revision", "")}
    return Identity(spec.target, json.dumps(parts, sort_keys=True))


def api_key(spec: Spec) -> str:
    """The key in SPAR_API_KEY or OPENAI_API_KEY; "" for servers that may need none. Raises SparError."""
    key = os.environ.get("SPAR_API_KEY") or os.environ.get("OPENAI_API_KEY") or ""
    if not key and not (spec.urls or os.environ.get("OPENAI_BASE_URL")):
        raise SparError(f"openai:{spec.target} needs a key: set OPENAI_API_KEY, or name a server with @URL")
    return key


def request_body(model: str, request: Request, unsupported: Collection[str] = ()) -> dict[str, JsonValue]:
    """The JSON body of a request. unsupported: parameters to leave out."""
    limit = "max_completion_tokens" if "max_tokens" in unsupported else "max_tokens"
    body: dict[str, JsonValue] = {
        "model": model,
        "messages": [{"role": m.role, "content": m.content} for m in request.messages],
        "temperature": request.temperature,
        "top_p": request.top_p,
        limit: request.max_tokens,
    }
    if request.n > 1 and "n" not in unsupported:
        body["n"] = request.n
    if request.stop:
        body["stop"] = list(request.stop)
    if request.seed is not None:
        body["seed"] = request.seed
    if request.schema and "response_format" not in unsupported:
        schema: JsonValue = {"name": "reply", "schema": json.loads(request.schema), "strict": True}
        body["response_format"] = {"type": "json_schema", "json_schema": schema}
    return body


def read_reply(content: bytes, request: Request) -> list[Answer] | Failure:
    """The samples in a reply, at most n. The reply may be anything, and need not even be JSON."""
    try:
        reply = orjson.loads(content)
    except ValueError:
        try:
            reply = json.loads(content)  # accepts lone surrogates and NaN, unlike orjson
        except (ValueError, RecursionError):
            return Failure("malformed", f"the reply is not JSON: {content[:80]!r}")
    choices = reply.get("choices") if isinstance(reply, dict) else None
    if not isinstance(choices, list) or not choices:
        return Failure("malformed", f"the reply has no choices: {content[:80]!r}")
    choices = choices[: request.n]
    usage = reply.get("usage")
    prompt = _shares(usage, "prompt_tokens", len(choices))
    completion = _shares(usage, "completion_tokens", len(choices))
    return [_answer(c, request, p, t) for c, p, t in zip(choices, prompt, completion, strict=True)]


def _answer(choice: JsonValue, request: Request, prompt: int, completion: int) -> Answer:
    message = choice.get("message") if isinstance(choice, dict) else None
    if not isinstance(choice, dict) or not isinstance(message, dict):
        return Failure("malformed", "a choice without a message", prompt, completion)
    content = message.get("content")
    thinking = next((text for k in ("reasoning_content", "reasoning") if isinstance(text := message.get(k), str)), None)
    split = split_thinking(content if isinstance(content, str) else "", thinking)
    if choice.get("finish_reason") == "content_filter":
        return Failure("content_filter", "the provider held the answer back", prompt, completion)
    return conclude(split, choice.get("finish_reason") == "length", request, prompt, completion)


def _shares(usage: JsonValue, name: str, samples: int) -> list[int]:
    """The tokens of a call divided among its samples, so that the sum is exact."""
    total = usage.get(name) if isinstance(usage, dict) else 0
    total = total if isinstance(total, int) and total > 0 else 0
    return [total // samples + (i < total % samples) for i in range(samples)]
