"""How much memory the content of a file may claim."""

from typing import final

from gdict.errors import GDictFileError

FREE_BYTES = 2**30
MAX_COMPRESSION = 1100
"""A file may claim 1 GiB plus this many times its own size; deflate reaches 1032."""


@final
class Budget:
    """Bounds what the parts of one file may claim together.

    Args:
        stored: Bytes of the file.
    """

    def __init__(self, stored: int) -> None:
        self.bytes_left = FREE_BYTES + MAX_COMPRESSION * stored

    def take(self, nbytes: int) -> None:
        """Count a part.

        Raises:
            GDictFileError: If it is more than the file can hold.
        """
        self.check(nbytes)
        self.bytes_left -= nbytes

    def check(self, nbytes: int) -> None:
        """Look whether a part could be counted.

        Raises:
            GDictFileError: If it is more than the file can hold.
        """
        if nbytes > self.bytes_left:
            raise GDictFileError(f"It claims {nbytes} bytes, far more than the file can hold.")
