"""Writing files so that an interrupted save leaves the old file."""

import os
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
