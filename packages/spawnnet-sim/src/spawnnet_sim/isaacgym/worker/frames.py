"""Frames on a pair of pipes: four bytes of length, then a JSON object in UTF-8.

Both sides use this module: the worker by file, the process that started it as a part of the
package. Neither waits for the other without a limit.
"""

import json
import os
import select
import struct
import time
from typing import Any, Dict, Optional

PROTOCOL = 1  # raised whenever commands or arrays change
MAX_SIZE = 64 * 2**20  # bytes; more is no frame of ours

_LENGTH = struct.Struct("<I")


class ChannelClosedError(Exception):
    """The other side is gone."""


class ChannelLateError(Exception):
    """The other side did not send, or take, a frame in time."""


class ChannelBrokenError(Exception):
    """The other side sent what is no frame."""


class Channel:
    """One end of a conversation.

    Args:
        reader: Descriptor of the pipe that frames come from.
        writer: Descriptor of the pipe that frames go to.
    """

    def __init__(self, reader: int, writer: int) -> None:
        self._reader, self._writer = reader, writer
        os.set_blocking(writer, False)

    def send(self, message: Dict[str, Any], timeout: Optional[float] = None) -> None:
        """Send an object.

        Raises:
            ChannelClosedError: If nobody reads.
            ChannelLateError: If it is not taken within `timeout` seconds.
        """
        text = json.dumps(message).encode("utf-8")
        rest = memoryview(_LENGTH.pack(len(text)) + text)
        deadline = _deadline(timeout)
        while rest:
            _wait(self._writer, select.POLLOUT, deadline)
            try:
                rest = rest[os.write(self._writer, rest) :]
            except BlockingIOError:
                continue
            except OSError:
                raise ChannelClosedError("nobody reads any more") from None

    def receive(self, timeout: Optional[float] = None) -> Dict[str, Any]:
        """Return the next object.

        Raises:
            ChannelClosedError: If nobody writes any more.
            ChannelLateError: If it is not there within `timeout` seconds.
            ChannelBrokenError: If what comes is no frame.
        """
        deadline = _deadline(timeout)
        (length,) = _LENGTH.unpack(self._read(_LENGTH.size, deadline))
        if length > MAX_SIZE:
            raise ChannelBrokenError(f"a frame of {length} bytes")
        try:
            message = json.loads(self._read(length, deadline).decode("utf-8"))
        except ValueError as error:
            raise ChannelBrokenError(f"a frame that is not JSON ({error})") from None
        if not isinstance(message, dict):
            raise ChannelBrokenError("a frame that is no JSON object")
        return message

    def close(self) -> None:
        """Close this end."""
        os.close(self._reader)
        os.close(self._writer)

    def _read(self, size: int, deadline: Optional[float]) -> bytes:
        data = b""
        while len(data) < size:
            _wait(self._reader, select.POLLIN, deadline)
            part = os.read(self._reader, size - len(data))
            if not part:
                raise ChannelClosedError("nobody writes any more")
            data += part
        return data


def _deadline(timeout: Optional[float]) -> Optional[float]:
    return None if timeout is None else time.monotonic() + timeout


def _wait(descriptor: int, event: int, deadline: Optional[float]) -> None:
    """Wait until a descriptor is ready, or its other end is gone."""
    poll = select.poll()
    poll.register(descriptor, event)
    left = None if deadline is None else max(deadline - time.monotonic(), 0.0)
    if not poll.poll(None if left is None else left * 1000):
        raise ChannelLateError("no answer in time")
