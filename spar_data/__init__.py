"""From raw conversations to released rows."""

from spar_data.core.lazy import lazy_exports

__version__ = "0.1.0"

__getattr__, __dir__, __all__ = lazy_exports(
    __name__,
    {
        "spar_data.constraints": ("CheckResult", "ConstraintVerdict", "check"),
        "spar_data.core.records": ("Constraint", "Prompt"),
        "spar_data.models": (
            "Budget",
            "Completion",
            "Failure",
            "FunctionModel",
            "Identity",
            "Limits",
            "Message",
            "Model",
            "Request",
            "Store",
        ),
        "spar_data.models.respond": ("Response", "Responses", "respond"),
        "spar_data.prompts.build": ("build_dataset",),
        "spar_data.prompts.evolve.draw": ("EvolveConfig",),
        "spar_data.prompts.evolve_seeds": ("evolve",),
        "spar_data.prompts.filter_seeds": ("FilterConfig", "filter_prompts"),
        "spar_data.prompts.recipe": ("Recipe", "load_recipe"),
        "spar_data.prompts.results": ("Drop", "PromptResult"),
        "spar_data.release.load": ("Release", "load_release"),
        "spar_data.selfplay.judge.run": ("Judgements", "judge"),
        "spar_data.selfplay.pairs.make_pairs": ("Pairs", "make_pairs"),
        "spar_data.selfplay.play": ("Played", "self_play"),
        "spar_data.selfplay.refine.by_rules": ("refine_by_rules",),
        "spar_data.sources.prompts": ("as_prompts",),
    },
)
