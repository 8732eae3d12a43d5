"""Refinement accuracy: does a model mend responses that were judged to fail, and who says so?"""

from spar_data.selfplay.search.refine import DECODINGS
from spar_eval.benchmarks.refinement.data import Data, load
from spar_eval.benchmarks.refinement.run import Settings, plans, run

__all__ = ["DECODINGS", "Data", "Settings", "load", "plans", "run"]
