"""Constraints that a program can verify: each checker reads a response and says whether, and why, it passes.

A checker is a plain function `(response, *, ...) -> Verdict` in a module of `checkers`; `CHECKERS` finds them all. `check`
runs those of a prompt's constraints, `run_checker` one by name, `validate` looks at the parameters alone. Responses are
untrusted: every checker takes time linear in the length of the response and raises nothing over its content. Checkers of
structure (headings, lists, tables, options, sections) read past fenced code; checkers of characters and words read
everything.
"""

from spar_data.constraints.check_response import CheckResult, ConstraintVerdict, check
from spar_data.constraints.checkers import CHECKERS
from spar_data.constraints.run import parameters, run_checker, validate
from spar_data.constraints.verdict import Verdict

__all__ = ["CHECKERS", "CheckResult", "ConstraintVerdict", "Verdict", "check", "parameters", "run_checker", "validate"]
