"""Finds the checkers of a package, so that a new one is a function in one of its modules and nothing else."""

from __future__ import annotations

import inspect
import pkgutil
from collections.abc import Callable, Iterable
from importlib import import_module

from spar_data.constraints.verdict import Verdict


def checkers_of(package: str, path: Iterable[str]) -> dict[str, Callable[..., Verdict]]:
    """Returns the public functions in the modules of a package that return a Verdict, by 'module.function', sorted."""
    modules = [import_module(f"{package}.{module.name}") for module in pkgutil.iter_modules(path)]
    checkers = {
        f"{module.__name__.rpartition('.')[2]}.{name}": function
        for module in modules
        for name, function in inspect.getmembers(module, inspect.isfunction)
        if function.__module__ == module.__name__
        and not name.startswith("_")
        and inspect.get_annotations(function).get("return") == "Verdict"
    }
    return dict(sorted(checkers.items()))
