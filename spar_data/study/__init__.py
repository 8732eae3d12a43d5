"""Studies on synthetic tasks with exact checkers."""
