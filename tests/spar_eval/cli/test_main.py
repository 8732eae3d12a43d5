"""What a command that only prints its help has to load."""

from __future__ import annotations

import subprocess
import sys


def test_the_command_loads_nothing_heavy() -> None:
    """Half a second of imports is felt at every --help; these cost more than that together."""
    heavy = ["datasets", "langdetect", "matplotlib", "nltk", "numba", "numpy", "openai", "polars", "sklearn", "torch"]
    code = f"import sys, spar_eval.cli.main; print(*[m for m in {heavy} if m in sys.modules])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip() == ""
