"""Error texts: the nearest known word, the first line, the package to install."""

from __future__ import annotations

import pytest

from spar_data.core.errors import SparError, first_line, importing, missing_package, nearest


@pytest.mark.parametrize(
    ("word", "known", "text"),
    [
        ("treshold", ["threshold", "mode"], " Did you mean 'threshold'?"),
        ("xyz", ["threshold", "mode"], " Known: threshold, mode."),
        ("xyz", [], ""),
    ],
)
def test_nearest(word: str, known: list[str], text: str) -> None:
    assert nearest(word, known) == text


def test_first_line() -> None:
    assert first_line(ValueError("one\ntwo")) == "one"
    assert first_line(ValueError("")) == first_line(ValueError(" \n")) == "ValueError"


def test_a_missing_package_names_the_command() -> None:
    error = missing_package("torch", "train", "Training")
    assert str(error) == "Training needs the package 'torch': pip install 'spar-suite[train]'"


def test_an_import_names_its_package_or_the_missing_module() -> None:
    with pytest.raises(SparError, match="LoRA needs the package 'peft-next'"), importing("peft-next", "train", "LoRA"):
        import no_such_module
    with (
        pytest.raises(SparError, match="Training needs the package 'no_such_module'"),
        importing("", "train", "Training"),
    ):
        import no_such_module  # noqa: F401
