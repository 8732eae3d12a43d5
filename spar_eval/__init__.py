"""Evaluators: how well responses follow the prompts of a release."""

from spar_eval.verifiable import Result, score

__all__ = ["Result", "score"]
