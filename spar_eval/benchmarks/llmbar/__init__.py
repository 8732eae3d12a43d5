"""LLMBar (arXiv 2310.07641): does a judge know which of two outputs follows the instruction?"""

from spar_eval.benchmarks.llmbar.data import ADVERSARIAL, HUB, SUBSETS, Data, Pair, load
from spar_eval.benchmarks.llmbar.run import Judge, requests, run

__all__ = ["ADVERSARIAL", "HUB", "SUBSETS", "Data", "Judge", "Pair", "load", "requests", "run"]
