"""Asking models: requests in, completions out, every answer stored, no call made twice."""

from spar_data.models.ask import ask_all, complete, identify, open_model
from spar_data.models.budget import Limits, Tally
from spar_data.models.model_spec import parse_spec
from spar_data.models.prices import cost
from spar_data.models.requests import (
    Answer,
    Completion,
    Failure,
    Identity,
    Message,
    Model,
    Request,
    estimate_prompt,
    estimate_tokens,
)
from spar_data.models.session import Report, Session, missing, read, silent
from spar_data.models.store import Store, completion_keys
from spar_data.models.templates import Unparsed, fill, parse_json

__all__ = [
    "Answer",
    "Completion",
    "Failure",
    "Identity",
    "Limits",
    "Message",
    "Model",
    "Report",
    "Request",
    "Session",
    "Store",
    "Tally",
    "Unparsed",
    "ask_all",
    "complete",
    "completion_keys",
    "cost",
    "estimate_prompt",
    "estimate_tokens",
    "fill",
    "identify",
    "missing",
    "open_model",
    "parse_json",
    "parse_spec",
    "read",
    "silent",
]
