"""Writing files so that an interrupted save leaves the old file."""

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

FilePath = str | os.PathLike[str]


@contextmanager
def replacing(path: FilePath) -> Iterator[Path]:
    """Yield a temporary path beside `path`, which it replaces once the block has ended well.

    The data is on the disk before the old file goes, so a crash at any time leaves one of the two.
    """
    target = Path(os.path.realpath(path))
    temporary = target.with_name(f".{target.name}.{secrets.token_hex(6)}.tmp")
    try:
        yield temporary
        with temporary.open("rb") as file:
            os.fsync(file.fileno())
        temporary.replace(target)
    finally:
        temporary.unlink(missing_ok=True)
