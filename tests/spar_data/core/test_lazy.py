"""Exports are imported on first use and then kept."""

from __future__ import annotations

import sys
from pathlib import Path
from types import ModuleType

import pytest

from spar_data.core.lazy import lazy_exports


def test_exports_are_loaded_on_first_use(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stub = "from fractions import Fraction as Fraction\nfrom no.such.module import Broken as Broken\n"
    (tmp_path / "__init__.pyi").write_text(f"{stub}\n__version__: str\n")
    package = ModuleType("some_package")
    monkeypatch.setitem(sys.modules, "some_package", package)
    load, names, exported = lazy_exports("some_package", str(tmp_path / "__init__.py"))
    assert exported == ["Broken", "Fraction"] and "Fraction" in names()
    assert "Fraction" not in vars(package)
    assert load("Fraction")(1, 2) + 1 == 1.5 and "Fraction" in vars(package)
    with pytest.raises(ModuleNotFoundError):
        load("Broken")
    with pytest.raises(AttributeError, match="module 'some_package' has no attribute 'Other'"):
        load("Other")
