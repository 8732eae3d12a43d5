"""Asking models: requests in, completions out, every answer stored, no call made twice."""

from spar_data.core.lazy import lazy_exports

__getattr__, __dir__, __all__ = lazy_exports(__name__, __file__)
