"""What a full disk means, by whichever library it is found; and what is really on the disk."""

from __future__ import annotations

import contextlib
import errno
import os
import re
from collections.abc import Iterator
from pathlib import Path

from spar_data.core.errors import SparError

_PLACE = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS, errno.EACCES, errno.EPERM, errno.EIO}


@contextlib.contextmanager
def writing(what: str, folder: Path, kept: str) -> Iterator[None]:
    """Turns an error of the disk into a SparError: what was written, where, what is kept, and what to do."""
    try:
        yield
    except Exception as error:
        number = _errno(error)
        if number not in _PLACE:
            raise
        raise SparError(
            f"{what} could not be written to {folder}: {os.strerror(number)}. {kept} Make room there, then give the same "
            "command again: it goes on from the last checkpoint"
        ) from error


def _errno(error: BaseException | None) -> int:
    """safetensors says "(os error 28)" in its text; torch.save raises a RuntimeError on top of the OSError; 0: another."""
    while error is not None:
        if isinstance(error, OSError) and error.errno:
            return error.errno
        if found := re.search(r"\(os error (\d+)\)", str(error)):
            return int(found[1])
        error = error.__cause__ or error.__context__
    return 0


def sync(folder: Path) -> None:
    """Everything below a folder is on the disk when this returns."""
    for path in [*folder.rglob("*"), folder]:
        handle = os.open(path, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
