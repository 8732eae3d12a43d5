"""Responses of a model to prompts."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from spar_data.core.errors import SparError
from spar_data.core.files import JsonValue, write_jsonl
from spar_data.core.records import Prompt
from spar_data.core.tables import frame
from spar_data.models.ask import ask_all, identify, model_label
from spar_data.models.requests import AnyModel, Failure, Request
from spar_data.models.sampling import Sampling
from spar_data.models.session import Report, read, silent
from spar_data.models.spending.budget import Budget
from spar_data.models.spending.limits import Limits
from spar_data.models.spending.tally import Tally
from spar_data.models.store import Store, open_store
from spar_data.sources.json_rows import json_lines
from spar_data.sources.prompts import Prompts, as_prompts

if TYPE_CHECKING:
    import polars as pl

Row = dict[str, Any]
Rows = Callable[[], Iterator[Row]]  # a function, because rows are read again for each pass


def read_responses(file: Path, limit: int = 0) -> Rows:
    """JSON Lines with prompt and response, as `respond` writes them. Raises SparError naming file, line and field."""

    def rows() -> Iterator[Row]:
        empty = True
        for where, row in islice(json_lines(file), limit or None):
            empty = False
            for name in ("prompt", "response"):
                if not isinstance(row.get(name), str):
                    raise SparError(f"{where}: {name!r} is missing or no text: text is expected")
            yield row
        if empty:
            raise SparError(f"{file} is empty: lines with prompt and response are expected")

    return rows


@dataclass(frozen=True)
class Response:
    """One sample of a model's response to a prompt. failure: why there is none, else ""."""

    id: str
    prompt: str
    sample: int
    response: str
    thinking: str
    failure: str
    model: str

    def to_dict(self) -> dict[str, JsonValue]:
        """The line of `spar-data respond`, which leaves out what is empty."""
        line: dict[str, JsonValue] = dataclasses.asdict(self)
        empty = ("response", "thinking") if self.failure else ("failure",) if self.thinking else ("failure", "thinking")
        return {name: value for name, value in line.items() if name not in empty}


@dataclass(frozen=True, repr=False)
class Responses:
    """The responses to all prompts, in the order of prompts and samples. tally: calls, tokens and cost."""

    rows: tuple[Response, ...]
    tally: Tally

    def __iter__(self) -> Iterator[Response]:
        return iter(self.rows)

    def __len__(self) -> int:
        return len(self.rows)

    def __repr__(self) -> str:
        failed = f", {len(self.failures):,} failed" if self.failures else ""
        return f"Responses({len(self) - len(self.failures):,} of {self.tally.model}{failed})"

    @property
    def texts(self) -> list[str]:
        """The text of each response, "" for a failure."""
        return [row.response for row in self.rows]

    @property
    def failures(self) -> list[Response]:
        """The samples that have no response."""
        return [row for row in self.rows if row.failure]

    def to_polars(self) -> pl.DataFrame:
        """One row for each response: id, prompt, sample, response, thinking, failure, model."""
        return frame(list(self.rows), Response)


def respond(
    prompts: Prompts,
    model: AnyModel,
    samples: int = 1,
    temperature: float = 0.0,
    top_p: float = 1.0,
    max_tokens: int = 2048,
    system: str = "",
    *,
    store: Store | Path | str | None = None,
    limits: Limits | Budget = Limits(),
    report: Report = silent,
) -> Responses:
    """Lets a model respond to prompts.

    prompts   a path, a polars frame, or texts, rows and `Prompt` objects; each text counts once.
    model     a spec (`spar-data models` lists the kinds), or an object with the model protocol, e.g. a `FunctionModel`.
    store     where answers are kept, so that the next run asks only for what is missing or failed; None keeps nothing.
    limits    limits of rates and costs, or a `Budget` that several calls share.

    Raises SparError for what would fail every request.

    >>> from spar_data import FunctionModel, respond
    >>> model = FunctionModel(lambda request: request.prompt.upper(), name="shout")
    >>> responses = respond(["Say hello.", "Say goodbye."], model)
    >>> responses
    Responses(2 of shout)
    >>> responses.texts
    ['SAY HELLO.', 'SAY GOODBYE.']
    """
    sampling = Sampling(samples, temperature, top_p, max_tokens, system)
    with open_store(store) as opened:
        tally, responses = _respond(as_prompts(prompts), model, opened, sampling, limits, report)
        return Responses(tuple(responses), tally)


def write_responses(
    prompts: Sequence[Prompt],
    model: AnyModel,
    out: Path,
    store: Store,
    sampling: Sampling,
    limits: Limits | Budget = Limits(),
    report: Report = silent,
) -> Tally:
    """Lets a model respond to prompts, and writes the responses to JSON Lines. They need not fit into memory.

    Samples without a response go to OUT.failed.jsonl with the cause.
    """
    tally, responses = _respond(prompts, model, store, sampling, limits, report)
    failures: list[dict[str, JsonValue]] = []

    def lines() -> Iterator[dict[str, JsonValue]]:
        for response in responses:
            if response.failure:
                failures.append(response.to_dict())
            else:
                yield response.to_dict()

    write_jsonl(out, lines())
    failures_file = out.with_name(f"{out.stem}.failed.jsonl")
    if failures:
        write_jsonl(failures_file, failures)
    else:
        failures_file.unlink(missing_ok=True)
    return tally


def _respond(
    prompts: Sequence[Prompt],
    model: AnyModel,
    store: Store,
    sampling: Sampling,
    limits: Limits | Budget,
    report: Report,
) -> tuple[Tally, Iterator[Response]]:
    """Asks for what is missing; the responses are then read from the store."""

    def requests() -> Iterator[Request]:
        return (sampling.request(prompt.text) for prompt in prompts)

    def responses() -> Iterator[Response]:
        stored = read(identify(model), requests(), store, tally.stopped)
        for prompt, answers in zip(prompts, stored, strict=True):
            for sample, answer in enumerate(answers):
                parts = ("", "", str(answer)) if isinstance(answer, Failure) else (answer.text, answer.thinking, "")
                yield Response(prompt.id, prompt.text, sample, *parts, model_label(model))

    tally = ask_all(model, requests(), store, limits, report, sampling.samples * len(prompts))
    return tally, responses()
