"""Evaluators. Every one returns a `Result`: scores with intervals, items with reasons, and a signature."""

from spar_data.core.lazy import lazy_exports

__getattr__, __dir__, __all__ = lazy_exports(
    __name__,
    {
        "spar_data.core.intervals": ("Estimate",),
        "spar_eval.benchmarks.followbench.run": ("followbench",),
        "spar_eval.benchmarks.ifbench": ("ifbench",),
        "spar_eval.benchmarks.ifeval.benchmark": ("ifeval",),
        "spar_eval.benchmarks.verifiable": ("verifiable",),
        "spar_eval.benchmarks.llmbar.run": ("llmbar",),
        "spar_eval.benchmarks.refinement.run": ("refinement",),
        "spar_eval.comparison.compare": ("compare",),
        "spar_eval.comparison.records": ("Comparison",),
        "spar_eval.results": ("Check", "Item", "Result", "Table"),
        "spar_eval.run_folder": ("load_result", "save_result"),
    },
)
