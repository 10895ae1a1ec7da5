"""Files without a name that worker processes inherit: they go with the last process."""

from __future__ import annotations

import os
import tempfile
from multiprocessing import reduction
from typing import Any, final


@final
class InheritedFile:
    """An open file that nobody else can find, shared with the processes it is an argument of.

    It has no name, so nothing is left behind, however the processes end.

    Attributes:
        descriptor: Of this process.
    """

    def __init__(self) -> None:
        if hasattr(os, "memfd_create"):
            self.descriptor = os.memfd_create("spawnnet-sim", os.MFD_CLOEXEC)
        else:
            with tempfile.TemporaryFile() as file:
                self.descriptor = os.dup(file.fileno())

    def __getstate__(self) -> Any:
        return reduction.DupFd(self.descriptor)

    def __setstate__(self, inherited: Any) -> None:
        self.descriptor = inherited.detach()

    def tail(self, size: int) -> str:
        """Return the last bytes, at most `size`, as text."""
        length = os.fstat(self.descriptor).st_size
        return os.pread(self.descriptor, size, max(length - size, 0)).decode("utf-8", "replace")

    def close(self) -> None:
        """Close it in this process; closing twice is allowed."""
        if self.descriptor >= 0:
            os.close(self.descriptor)
        self.descriptor = -1
