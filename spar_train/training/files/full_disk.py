"""Recognises disk errors from any library, and makes sure that files are on the disk."""

from __future__ import annotations

import contextlib
import errno
import os
import re
from collections.abc import Iterator
from pathlib import Path

from spar_data.core.errors import SparError

_DISK_ERRORS = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS, errno.EACCES, errno.EPERM, errno.EIO}


@contextlib.contextmanager
def writing(what: str, folder: Path, advice: str) -> Iterator[None]:
    """Turns a disk error into a SparError that names what was written and where, what is kept (advice), and what to do."""
    try:
        yield
    except Exception as error:
        number = _errno(error)
        if number not in _DISK_ERRORS:
            raise
        raise SparError(
            f"{what} could not be written to {folder}: {os.strerror(number)}. {advice} Free space there and repeat the "
            "command: it continues from the last checkpoint"
        ) from error


def _errno(error: BaseException | None) -> int:
    """The error number of the operating system, 0 if there is none.

    safetensors has "(os error 28)" in its text; torch.save raises a RuntimeError on top of the OSError.
    """
    while error is not None:
        if isinstance(error, OSError) and error.errno:
            return error.errno
        if match := re.search(r"\(os error (\d+)\)", str(error)):
            return int(match[1])
        error = error.__cause__ or error.__context__
    return 0


def sync(folder: Path) -> None:
    """Returns when a folder and everything below it is on the disk."""
    for path in [*folder.rglob("*"), folder]:
        handle = os.open(path, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
