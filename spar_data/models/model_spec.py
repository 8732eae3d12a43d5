"""Specs, the short texts that name a model, and the backends that answer for them."""

from __future__ import annotations

import importlib
import pkgutil
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from spar_data.core.errors import SparError, nearest
from spar_data.models import backends
from spar_data.models.requests import Identity, Model
from spar_data.models.spending.limits import Limits
from spar_data.models.store import Store

RULES = "rules"
"""The spec that names no model: constraints by code, judgements by checkers, refinements by the smallest edit."""


@dataclass(frozen=True)
class Spec:
    """A spec in its parts.

    kind      the name of the backend's file.
    target    a model, a path or an inner spec.
    urls      servers, for `openai`.
    options   the key=value parts after commas.
    """

    kind: str
    target: str = ""
    urls: tuple[str, ...] = ()
    options: dict[str, str] = field(default_factory=dict)

    @property
    def backend(self) -> Backend:
        backend = find_backend(self.kind)
        assert backend is not None, f"parse_spec makes no Spec of the kind {self.kind!r}"
        return backend

    def integer(self, name: str, default: int, at_least: int = 0) -> int:
        """The value of an option. Raises SparError unless it is a whole number of at least `at_least`."""
        value = self.options.get(name, str(default))
        if not value.isdecimal() or int(value) < at_least:
            raise SparError(f"{self.kind}: {name}={value}: a whole number of at least {at_least} is expected")
        return int(value)


@dataclass(frozen=True)
class Backend:
    """What a file in `backends/` declares as `BACKEND`; the file's name is the kind of its specs.

    forms      each form of the spec with its meaning, for `spar-data models`; the first one stands in messages.
    identify   the name and key of a model; quick, without loading it.
    open       loads the model. Raises SparError.
    options    the options of the spec.
    parse      reads a spec in another way than TARGET,key=value,...; it gets the spec and the part after the kind.
    target     whether the spec names a target.
    batch      whether the backend knows a batch API (`Limits.batch`).
    """

    forms: Mapping[str, str]
    identify: Callable[[Spec], Identity]
    open: Callable[[Spec, Limits, Store], Model]
    options: frozenset[str] = frozenset()
    parse: Callable[[str, str], Spec] | None = None
    target: bool = True
    batch: bool = False

    @property
    def form(self) -> str:
        return next(iter(self.forms)).partition("[,")[0]


def find_backend(kind: str) -> Backend | None:
    """The backend of this kind, whose file is imported now; None if there is no such file."""
    if kind not in {module.name for module in pkgutil.iter_modules(backends.__path__)}:
        return None
    return getattr(importlib.import_module(f"{backends.__name__}.{kind}"), "BACKEND", None)


def all_backends() -> dict[str, Backend]:
    """Every backend by its kind. Files without a `BACKEND` are parts that several share."""
    files = [module.name for module in pkgutil.iter_modules(backends.__path__)]
    return {kind: backend for kind in files if (backend := find_backend(kind))}


def parse_spec(text: str) -> Spec:
    """Reads a spec, e.g. 'hf:/models/x,lora=/adapters/y'. Raises SparError naming what is expected."""
    text = text.strip()
    kind, _, rest = re.split(r"([:,]|$)", text, maxsplit=1)
    if text == RULES:
        raise SparError(
            "model 'rules': it answers nothing. `spar-data dataset --teacher rules` composes constraints by code, "
            "`spar-data judge --model rules --prompts FILE` runs the checkers; a model is expected here"
        )
    backend = find_backend(kind)
    if backend is None:
        kinds = all_backends()
        raise SparError(
            f"model {text!r}: {', '.join(b.form for b in kinds.values())} is expected.{nearest(kind, kinds)}"
        )
    spec = backend.parse(text, rest) if backend.parse else _parse(text, kind, rest, backend)
    if backend.target and not spec.target:
        raise SparError(f"model {text!r}: {backend.form} is expected")
    return spec


def split_options(parts: Sequence[str], names: frozenset[str]) -> tuple[dict[str, str], list[str]]:
    """The key=value parts with these names, and all other parts."""
    options, others = {}, []
    for part in parts:
        name, equals, value = part.partition("=")
        if equals and name in names:
            options[name] = value
        else:
            others.append(part)
    return options, others


def _parse(text: str, kind: str, rest: str, backend: Backend) -> Spec:
    target, *parts = rest.split(",") if backend.target else ["", *filter(None, rest.split(","))]
    options, others = split_options(parts, backend.options)
    if others:
        names = ", ".join(sorted(backend.options))
        raise SparError(f"model {text!r}: {others[0]!r}: an option of {names} is expected")
    return Spec(kind, target, options=options)
