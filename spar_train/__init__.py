"""Training on released rows. For now: the published settings."""

from spar_train.settings import DPO, SFT

__all__ = ["DPO", "SFT"]
