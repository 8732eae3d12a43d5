"""Asking models: requests in, completions out, every answer stored, no call made twice."""

from spar_data.models.ask import ask_all, complete, identify, model_label, open_model
from spar_data.models.function_model import FunctionModel
from spar_data.models.model_spec import parse_spec
from spar_data.models.requests import (
    Answer,
    AnyModel,
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
from spar_data.models.spending.budget import Budget
from spar_data.models.spending.limits import Limits
from spar_data.models.spending.prices import cost
from spar_data.models.spending.tally import Tally
from spar_data.models.store import Store, completion_keys, open_store
from spar_data.models.templates import Unparsed, fill, parse_json

__all__ = [
    "Answer",
    "AnyModel",
    "Budget",
    "Completion",
    "Failure",
    "FunctionModel",
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
    "model_label",
    "open_model",
    "open_store",
    "parse_json",
    "parse_spec",
    "read",
    "silent",
]
