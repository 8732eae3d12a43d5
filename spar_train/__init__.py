"""Training on released rows: SFT, DPO and RFT."""

from spar_train.training.settings import DPO, RFT, SFT, Settings

__all__ = ["DPO", "RFT", "SFT", "Settings"]
