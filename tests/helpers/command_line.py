"""The type of the fixture `run`, and options that make a training of the tiny model quick."""

from collections.abc import Callable

Run = Callable[..., tuple[int, str, str]]
"""Runs a command line; returns its exit status, stdout and stderr."""
FAST = ("--learning-rate", "1e-3", "--batch-size", "4", "--max-steps", "2", "--schedule", "constant")
