"""The main function of the console scripts, and its exit codes."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable

import click

from spar_data.core.errors import SparError


def entry(group: click.Group) -> Callable[[], None]:
    """The main function of a console script.

    Errors of the user exit with status 2 and without a traceback, Ctrl-C with 130, a closed pipe with 141.
    """

    def main() -> None:
        try:
            group(standalone_mode=False)
        except click.exceptions.Abort:
            sys.stderr.write("\nInterrupted. Finished work is kept: the same command continues from there.\n")
            _leave(130)
        except click.ClickException as error:
            error.show()
            _leave(2)
        except SparError as error:
            sys.stderr.write(f"Error: {error}\n")
            _leave(2)
        except BrokenPipeError:
            sys.exit(141)

    return main


def _leave(status: int) -> None:
    """Exits; without cleanup if a thread still runs a model's native code, which an orderly exit would abort."""
    if any(thread.name == "model" for thread in threading.enumerate()):
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)
    sys.exit(status)
