"""The checkers. Every public function of a module here that returns a Verdict is one, called 'module.function'."""

from spar_data.constraints.discovery import checkers_of

CHECKERS = checkers_of(__name__, __path__)
