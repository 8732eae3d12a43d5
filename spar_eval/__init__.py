"""Evaluators. The scores of every one are a `Result`: scores with intervals, items with reasons, and a signature."""

from spar_eval.results import Check, Item, Result, Score, Table, read, write

__all__ = ["Check", "Item", "Result", "Score", "Table", "read", "write"]
