"""Configs from defaults, `key=value` texts and TOML values, and the command line that builds them again."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from spar_data.core.config import Config, arguments, configure, required, setting, structure
from spar_data.core.errors import SparError


@dataclass(frozen=True)
class Inner(Config):
    order: str = setting("bfs", "Order of the search.", choices=("bfs", "dfs"), flag="--search")
    branch: int = setting(3, "Children of a node.", at_least=1, at_most=9)


@dataclass(frozen=True)
class Outer(Config):
    model: str = required("Model to ask.")
    rate: float = setting(0.5, "Share of the rows.", above=0, at_most=1)
    names: tuple[str, ...] = setting((), "Names.")
    strict: bool = setting(False, "Refuse what is not known.")
    limit: int | None = setting(None, "The first N rows only.")
    hidden: int = setting(7, "", flag=None)
    inner: Inner = field(default_factory=Inner)


def test_values_of_nested_sections() -> None:
    config = configure(Outer, ["model=m", "inner.branch=2", "inner.order=dfs", 'names=["a","b"]', "limit=4", "rate=1"])
    assert config == Outer("m", 1.0, ("a", "b"), limit=4, inner=Inner("dfs", 2))
    assert isinstance(config.rate, float)


def test_dashes_in_a_key_stand_for_underscores() -> None:
    @dataclass(frozen=True)
    class Tokens:
        max_tokens: int = 8

    assert configure(Tokens, ["max-tokens=9"]).max_tokens == 9


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("model", "--set model: key=value is expected"),
        ("modle=m", "--set: unknown key 'modle'. Did you mean 'model'?"),
        ("inner.brunch=2", "--set: unknown key 'inner.brunch'. Did you mean 'branch'?"),
        ("inner.branch=0", "--set: inner.branch = 0: a number from 1 to 9 is expected"),
        ("inner.order=best", "--set: inner.order = 'best' is not known."),
        ("rate=0", "--set: rate = 0.0: a number above 0 and at most 1 is expected"),
        ("rate=nan", "--set: rate = nan: a number above 0 and at most 1 is expected"),
        ("rate=much", "--set: 'rate' = 'much': float is expected, got str"),
        ("strict=1", "--set: 'strict' = 1: bool is expected, got int"),
        ("inner.branch=true", "--set: 'inner.branch' = True: int is expected, got bool"),
        ("limit=many", "--set: 'limit' = 'many': int or nothing is expected, got str"),
        ("names=[1]", "--set: 'names' = [1]: a list of strings is expected"),
        ("inner=2", "--set: 'inner' = 2: a section [inner] is expected"),
        ("rate.low=2", "--set: 'rate' = {'low': 2}: float is expected, got dict"),
    ],
)
def test_errors_name_key_and_expectation(text: str, message: str) -> None:
    with pytest.raises(SparError) as error:
        configure(Outer, ["model=m", text] if text != "model" else [text])
    assert str(error.value).startswith(message)


def test_a_value_is_no_section() -> None:
    with pytest.raises(SparError, match="'rate' is a value, not a section"):
        configure(Outer, ["rate=1", "rate.low=2"])


def test_a_missing_value_is_named() -> None:
    with pytest.raises(SparError, match=r"recipe\.toml: 'model' is missing"):
        structure(Outer, {}, "recipe.toml")


def test_paths_are_read_from_text() -> None:
    @dataclass(frozen=True)
    class Files:
        out: Path | None = None

    assert configure(Files, ["out=runs/a"]).out == Path("runs/a")


def test_arguments_leave_out_defaults() -> None:
    assert arguments(Outer("m")) == ["--model", "m"]
    full = Outer("m", 0.25, ("a", "b"), strict=True, limit=3, hidden=8)
    assert arguments(full) == [
        "--model",
        "m",
        "--rate",
        "0.25",
        "--names",
        "a",
        "--names",
        "b",
        "--strict",
        "--limit",
        "3",
    ]
    assert arguments(dataclasses.replace(Inner(), order="dfs")) == ["--search", "dfs"]
