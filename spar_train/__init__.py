"""Training on released rows by SFT, DPO and RFT, and the loop of self-play, training and evaluation."""

from spar_data.core.lazy import lazy_exports

__getattr__, __dir__, __all__ = lazy_exports(
    __name__,
    {
        "spar_train.config": ("DPO", "RFT", "SFT", "TrainingConfig"),
        "spar_train.loop.config": ("LoopConfig",),
        "spar_train.loop.run_loop": ("LoopPlan", "LoopResult", "run_loop"),
        "spar_train.planning.training_plan": ("TrainingPlan", "plan"),
        "spar_train.training.dry_run": ("DryRun",),
        "spar_train.training.losses": ("DpoFigures", "dpo_loss", "sft_loss"),
        "spar_train.training.random_model": ("random_model",),
        "spar_train.training.train": ("TrainedModel", "dpo", "rft", "sft"),
    },
)
