"""How much memory the content of a file may claim."""

from typing import final

from gdict.errors import GDictFileError

FREE_BYTES = 2**30
MAX_COMPRESSION = 1100
"""A file may claim 1 GiB plus this many times its own size; deflate reaches 1032."""

ALWAYS_STORED = 2**18  # headers, and noise that becomes longer when it is compressed


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


def check_stored(values: int, stored: int) -> None:
    """Look whether an array keeps more bytes than its values can need, packed badly.

    A decoder would unpack them before anybody sees that they are too many.

    Args:
        values: Bytes of its values, in whole chunks.
        stored: Bytes that are kept for them.

    Raises:
        GDictFileError: If they are more.
    """
    if stored > 2 * values + ALWAYS_STORED:
        raise GDictFileError(f"It keeps {stored} bytes for {values} bytes of values.")
