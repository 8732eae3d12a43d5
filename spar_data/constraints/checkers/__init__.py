"""The checkers. Every public function of a module here that returns a Verdict is one, called 'module.function'."""

from __future__ import annotations

import inspect
import pkgutil
from collections.abc import Callable
from importlib import import_module

from spar_data.constraints.verdict import Verdict


def _checkers_of(module_name: str) -> dict[str, Callable[..., Verdict]]:
    module = import_module(f"{__name__}.{module_name}")
    return {
        f"{module_name}.{name}": function
        for name, function in inspect.getmembers(module, inspect.isfunction)
        if function.__module__ == module.__name__
        and not name.startswith("_")
        and inspect.get_annotations(function).get("return") in ("Verdict", Verdict)
    }


CHECKERS: dict[str, Callable[..., Verdict]] = {
    name: function
    for module in sorted(pkgutil.iter_modules(__path__), key=lambda module: module.name)
    for name, function in _checkers_of(module.name).items()
}
