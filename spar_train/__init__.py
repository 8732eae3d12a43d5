"""Training on released rows: SFT, DPO and RFT."""

from spar_data.core.lazy import lazy_exports

__getattr__, __dir__, __all__ = lazy_exports(
    __name__,
    {
        "spar_train.config": ("DPO", "RFT", "SFT", "TrainingConfig"),
    },
)
