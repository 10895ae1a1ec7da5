"""Files that are either whole or not there."""

from __future__ import annotations

import errno
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def write_bytes(path: Path, content: bytes) -> None:
    """Write a file under another name first, then move it to its place.

    Raises:
        OSError: If it cannot be written; nothing of it is left.
    """
    # Others may write it, too, also on other machines.
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")
    with disk_errors(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            temporary.write_bytes(content)
            temporary.replace(path)
        finally:
            temporary.unlink(missing_ok=True)


@contextmanager
def disk_errors(path: Path) -> Iterator[None]:
    """Name the file in every error of the disk, also of HDF5, which raises others.

    Raises:
        OSError: If the disk is full, read-only or gone.
    """
    try:
        yield
    except (OSError, RuntimeError) as error:
        reason = getattr(error, "strerror", None) or _last_clause(str(error))
        number = getattr(error, "errno", None) or errno.EIO
        raise OSError(number, f"cannot be written, {reason}", str(path)) from error


def _last_clause(text: str) -> str:
    """Return what the system said within an error of HDF5."""
    _, found, clause = text.partition("error message = '")
    return clause.partition("'")[0] if found else " ".join(text.split())
