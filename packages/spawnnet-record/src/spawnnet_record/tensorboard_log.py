"""Numbers and pictures of a run as TensorBoard events, written without torch or TensorFlow."""

from __future__ import annotations

import struct
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self, final

from spawnnet_record.extras import import_extra, is_installed

_RGB = 3  # what TensorBoard calls the colour space of a picture


@final
class TensorboardLog:
    """Writes each row of numbers at once, so that a crash loses none.

    Args:
        folder: Of the events.
        resumed_at: Updates done when the run goes on; TensorBoard drops what it has of later ones,
            which are about to be repeated.

    Raises:
        RecordError: If TensorBoard is not installed.
    """

    def __init__(self, folder: Path, *, resumed_at: int | None = None) -> None:
        module = import_extra("tensorboard.summary.writer.event_file_writer", "tensorboard")
        self._events = import_extra("tensorboard.compat.proto.event_pb2", "tensorboard")
        self._writer = module.EventFileWriter(str(folder))
        if resumed_at is not None:
            session = self._events.SessionLog(status=self._events.SessionLog.START)
            self._write(resumed_at + 1, session_log=session)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._writer.close()

    def log(self, update: int, values: Mapping[str, float]) -> None:
        """Write `values`, such as `{"train/loss": 0.1}`, as they are after `update` updates."""
        self._write_summary(
            update, [{"tag": tag, "simple_value": value} for tag, value in values.items()]
        )

    def log_picture(self, name: str, picture: Path) -> None:
        """Write a PNG file under a name."""
        content = picture.read_bytes()
        width, height = struct.unpack(">II", content[16:24])  # the header of every PNG file
        image = {"height": height, "width": width, "colorspace": _RGB}
        self._write_summary(0, [{"tag": name, "image": {**image, "encoded_image_string": content}}])

    def _write_summary(self, update: int, values: list[dict[str, Any]]) -> None:
        self._write(update, summary={"value": values})

    def _write(self, update: int, **content: Any) -> None:
        event = self._events.Event(wall_time=time.time(), step=update, **content)
        self._writer.add_event(event)
        self._writer.flush()


def log_picture(folder: Path, name: str, picture: Path) -> None:
    """Add a PNG file to the events of a run that may have ended.

    Args:
        folder: Of the events.
        name: What it is called there.
        picture: The file; nothing is added where there is none, or no TensorBoard.
    """
    if picture.is_file() and is_installed("tensorboard"):
        with TensorboardLog(folder) as log:
            log.log_picture(name, picture)
