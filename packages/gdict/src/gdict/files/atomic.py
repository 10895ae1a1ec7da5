"""Writing files so that an interrupted save leaves the old file."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from gdict.aliases import FilePath


@contextmanager
def replacing(path: FilePath) -> Iterator[Path]:
    """Yield a temporary path beside `path`, which it replaces once the block has ended well.

    Whatever interrupts the block, the old file stays as it was; only a process that is killed
    leaves its temporary file, `.NAME.*.tmp`. What a power cut leaves of a file just written is up
    to the file system: nothing is forced to the disk here.
    """
    target = Path(os.path.realpath(path))
    temporary = target.with_name(f".{target.name}.{os.urandom(6).hex()}.tmp")
    try:
        yield temporary
        temporary.replace(target)
    finally:
        temporary.unlink(missing_ok=True)


@contextmanager
def replacing_folder(path: FilePath) -> Iterator[Path]:
    """Yield a temporary path beside `path` for a folder, which it replaces in the end.

    Whatever interrupts the block or the replacing, the old folder stays or comes back. Between the
    old folder and the new one there is a moment with none: folders are not replaced at once by any
    system call. A process that is killed then leaves both, as `.NAME.*.tmp` and `.NAME.*.old.tmp`.
    """
    target = Path(os.path.realpath(path))
    token = os.urandom(6).hex()
    temporary, old = (
        target.with_name(f".{target.name}.{token}{part}.tmp") for part in ("", ".old")
    )
    try:
        yield temporary
        if target.exists():
            target.replace(old)
        temporary.replace(target)
    finally:
        if old.exists() and not target.exists():
            old.replace(target)
        for left in (temporary, old):
            shutil.rmtree(left, ignore_errors=True)
