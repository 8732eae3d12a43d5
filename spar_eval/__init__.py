"""Evaluators. Every one returns a `Result`: scores with intervals, items with reasons, and a signature."""

from spar_data.core.lazy import lazy_exports

__getattr__, __dir__, __all__ = lazy_exports(__name__, __file__)
