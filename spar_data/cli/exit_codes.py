"""The main function of the console scripts."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable

import click

from spar_data.core.errors import SparError


def entry(group: click.Group) -> Callable[[], None]:
    """The main function of a console script: user errors without a traceback and with status 2, Ctrl-C with 130."""

    def main() -> None:
        try:
            group(standalone_mode=False)
        except click.exceptions.Abort:
            sys.stderr.write("\nInterrupted. What was finished is kept: the same command goes on from there.\n")
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
    """Exits; at once if a thread is still in a model's native code, which an orderly exit would end with an abort."""
    if any(thread.name == "model" for thread in threading.enumerate()):
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)
    sys.exit(status)
