"""Options that come from the fields of a config."""

from __future__ import annotations

from dataclasses import dataclass

import click
import pytest
from click.testing import CliRunner

from spar_data.cli.options import config_options
from spar_data.core.config import arguments, required, setting


@dataclass(frozen=True)
class Config:
    model: str = required("Model to ask.", metavar="SPEC")
    order: str = setting("bfs", "Order of the search.", choices=("bfs", "dfs"), flag="--search")
    rate: float = setting(2e-5, "Learning rate.", above=0)
    votes: int = setting(5, "Votes.", at_least=1, shown="five")
    names: tuple[str, ...] = setting((), "Names.")
    strict: bool = setting(False, "Refuse what is not known.")
    hidden: int = setting(7, "", flag=None)


def build(*words: str, **more: object) -> object:
    seen: list[object] = []

    @click.command()
    @config_options(Config, "config", **more)  # type: ignore[arg-type]
    def command(config: object) -> None:
        seen.append(config)

    outcome = CliRunner().invoke(command, words, standalone_mode=False)
    if outcome.exception:
        raise outcome.exception
    return seen[0] if seen else outcome.output


def test_a_command_gets_one_config() -> None:
    assert build("--model", "m") == Config("m")
    words = ["--model", "m", "--search", "dfs", "--rate", "0.1", "--names", "a", "--names", "b", "--strict"]
    assert build(*words) == Config("m", "dfs", 0.1, names=("a", "b"), strict=True)


def test_the_words_of_a_config_build_it_again() -> None:
    config = Config("m", "dfs", 3e-7, 2, ("a",), True)
    assert build(*arguments(config)) == config


def test_defaults_and_partial() -> None:
    base = Config("m", votes=9)
    assert build("--search", "dfs", defaults=base) == Config("m", "dfs", votes=9)
    assert build("--search", "dfs", defaults=base, partial=True) == {"order": "dfs"}
    with pytest.raises(click.NoSuchOption):
        build("--model", "m", "--votes", "3", without=("votes",))


@pytest.mark.parametrize("words", [["--votes", "0"], ["--rate", "0"], ["--search", "best"], []])
def test_wrong_values_are_refused_by_the_command_line(words: list[str]) -> None:
    with pytest.raises(click.UsageError):
        build(*(["--model", "m", *words] if words else words))


def test_help_shows_defaults() -> None:
    text = str(build("--help"))
    assert "--model SPEC" in text and "[required]" in text
    assert "[default: bfs]" in text and "[default: 2e-5]" in text and "[default: five]" in text
    assert "--hidden" not in text
