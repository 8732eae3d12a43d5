"""The public names of the three packages: they load, they are documented, and their examples run."""

from __future__ import annotations

import doctest
import importlib
import inspect
import subprocess
import sys
from pathlib import Path

import pytest

PACKAGES = ("spar_data", "spar_eval", "spar_train")
NAMES = [(package, name) for package in PACKAGES for name in importlib.import_module(package).__all__]


@pytest.mark.parametrize(("package", "name"), NAMES)
def test_public_name(package: str, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every public name has a docstring; every public function has an example that runs in an empty folder."""
    monkeypatch.chdir(tmp_path)
    public = getattr(importlib.import_module(package), name)
    assert inspect.getdoc(public)
    if not inspect.isfunction(public):
        return
    finder = doctest.DocTestFinder(recurse=False)
    examples = [test for test in finder.find(public, name, globs={}) if test.examples]
    assert examples, f"{package}.{name} has no example in its docstring"
    runner = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE)
    for test in examples:
        report: list[str] = []
        runner.run(test, out=report.append)
        assert not report, "".join(report)


@pytest.mark.parametrize("package", PACKAGES)
def test_unknown_name(package: str) -> None:
    with pytest.raises(AttributeError, match="no_such_name"):
        _ = importlib.import_module(package).no_such_name


HEAVY = ["numpy", "polars", "numba", "openai", "torch", "transformers", "sklearn", "matplotlib", "rich"]


@pytest.mark.parametrize(
    ("module", "heavy"),
    [
        *((package, [*HEAVY, "click"]) for package in PACKAGES),
        *((f"{package}.cli.main", HEAVY) for package in PACKAGES),
    ],
)
def test_packages_and_commands_load_nothing_heavy(module: str, heavy: list[str]) -> None:
    """`--help` takes about 0.1 s because commands import what they need when they run."""
    code = f"import sys, {module}; print([name for name in {heavy!r} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
