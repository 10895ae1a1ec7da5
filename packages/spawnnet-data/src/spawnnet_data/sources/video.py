"""Single frames of a video file, decoded by PyAV."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, final

import numpy as np
from numpy.typing import NDArray

from spawnnet_data.common.errors import reason
from spawnnet_data.common.extras import require

# Decoding this far ahead (s) is assumed cheaper than seeking to the key frame before.
_SEEK_AHEAD = 1.0
_MOST_PIXELS = 2**26
# Files of videos; playlists and the like name other files, and FFmpeg would open these.
_ALLOWED = {
    "format_whitelist": "mov,mp4,matroska,webm,avi,mpegts,mpeg,ogg,flv,gif,apng",
    "protocol_whitelist": "file",
}


@final
class VideoReader:
    """A video file opened for random access.

    Attributes:
        end: Time at which the last frame ends, in s.
        size: `(H, W)` of a frame.
    """

    def __init__(self, path: Path) -> None:
        """Open `path`.

        Raises:
            ConfigurationError: If PyAV is not installed.
            OSError: If the file is missing, cut short, no video, or has frames of a size that no
                camera has.
        """
        av = require("av", "lerobot")
        try:
            self._container = av.open(str(path), options=_ALLOWED)
            self._stream = self._container.streams.video[0]
            _check_pixels(self._stream.height, self._stream.width)
        except (av.error.FFmpegError, IndexError) as error:
            raise OSError(f"no readable video ({reason(error)})") from error
        self._decode_error: type[Exception] = av.error.FFmpegError
        self.end = self._end()
        self.size = (int(self._stream.height), int(self._stream.width))

    def _end(self) -> float:
        stream = self._stream
        if stream.frames and stream.average_rate:
            start = stream.start_time or 0
            return float(start * stream.time_base + stream.frames / stream.average_rate)
        return float((stream.duration or 0) * stream.time_base)

    def frames(self, times: Iterable[float], tolerance: float) -> Iterator[NDArray[np.uint8]]:
        """Return the frames shown at times.

        Args:
            times: In s since the start of the file, ascending.
            tolerance: Largest distance, in s, of a frame from its time.

        Returns:
            An iterator over `(H, W, 3)` uint8.

        Raises:
            OSError: From the iterator, if there is no such frame, or it cannot be decoded.
        """
        return self._decoded(times, tolerance, lambda frame: frame.to_ndarray(format="rgb24"))

    def codes(self, times: Iterable[float], tolerance: float) -> Iterator[NDArray[np.uint16]]:
        """Return what a video of 12 bits holds at times, in its first channel.

        Returns:
            An iterator over `(H, W)` uint16, up to 4095.

        Raises:
            OSError: From the iterator, as `frames`, or if its pixels are of another kind.
        """
        return self._decoded(times, tolerance, _first_plane)

    def _decoded(
        self, times: Iterable[float], tolerance: float, pixels: Callable[[Any], NDArray[Any]]
    ) -> Iterator[NDArray[Any]]:
        frame: Any = None
        stream: Iterator[Any] = iter(())
        try:
            for time in times:
                if (
                    frame is None
                    or frame.time > time + tolerance
                    or time - frame.time > _SEEK_AHEAD
                ):
                    self._seek(time)
                    stream = self._container.decode(self._stream)
                    frame = next(stream, None)
                while frame is not None and frame.time < time - tolerance:
                    frame = next(stream, None)
                if frame is None or frame.time > time + tolerance:
                    raise OSError(f"no frame at {time:.3f} s")
                yield pixels(frame)
        except self._decode_error as error:
            raise OSError(f"cannot be decoded ({reason(error)})") from error

    def _seek(self, time: float) -> None:
        """Go to the last key frame at or before `time`."""
        self._container.seek(int(time / self._stream.time_base), stream=self._stream)

    def close(self) -> None:
        """Close the file."""
        self._container.close()


def _check_pixels(height: int, width: int) -> None:
    if height * width > _MOST_PIXELS:
        raise OSError(f"frames of {height} x {width} pixels are not read")


def _first_plane(frame: Any) -> NDArray[np.uint16]:
    """Return the numbers of the first channel as they are stored, `(H, W)`."""
    if not frame.format.name.endswith("12le"):
        raise OSError(f"its pixels are {frame.format.name}, not of 12 bits")
    rows = np.frombuffer(frame.planes[0], np.uint16).reshape(frame.height, -1)
    return rows[:, : frame.width]  # rows are padded
