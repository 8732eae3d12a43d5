"""Asking models: requests in, completions out, every answer stored."""

from spar_data.models.openai_chat import complete, endpoint, missing
from spar_data.models.prices import cost
from spar_data.models.requests import Completion, Failure, Message, Request
from spar_data.models.store import Store, completion_key

__all__ = [
    "Completion",
    "Failure",
    "Message",
    "Request",
    "Store",
    "complete",
    "completion_key",
    "cost",
    "endpoint",
    "missing",
]
