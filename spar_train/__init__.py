"""Training on released rows by SFT, DPO and RFT, and the loop of self-play, training and evaluation."""

from spar_data.core.lazy import lazy_exports

__getattr__, __dir__, __all__ = lazy_exports(__name__, __file__)
