"""Refinement accuracy: does a model mend responses that were judged to fail, and who says so?"""

from spar_eval.benchmarks.refinement.data import Data, load
from spar_eval.benchmarks.refinement.run import DECODINGS, Settings, plans, run

__all__ = ["DECODINGS", "Data", "Settings", "load", "plans", "run"]
