"""Numbers of a run at Weights & Biases, where that is installed and asked for."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Self, final

from spawnnet_record.extras import import_extra
from spawnnet_record.files import read_json, reading, write_json
from spawnnet_record.run_directory import RunDirectory
from spawnnet_record.run_record import RunRecord


@final
class WandbLog:
    """Logs like `MetricsLog`; does nothing without a mode.

    `wandb.json` in the run directory keeps the id there, so that a resumed run goes on in the same
    one. Its name is the folder's, which runs of a sweep may share.

    Args:
        mode: `online`, `offline`, or None for not at all.
        experiment: The project.
        run: The run directory, which offline data goes to; the settings of its `config.yaml`, if
            it has one, go along.

    Raises:
        RecordError: If it is asked for and not installed, or `wandb.json` is damaged.
    """

    def __init__(
        self, mode: Literal["online", "offline"] | None, experiment: str, run: Path
    ) -> None:
        self._run: Any = None
        if mode is None:
            return
        wandb = import_extra("wandb", "wandb")
        directory = RunDirectory(run)
        self._run = wandb.init(
            project=experiment,
            id=_id(directory.wandb),
            name=run.name,
            dir=str(run),
            config=_settings(directory),
            mode=mode,
            resume="allow",
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._run is not None:
            self._run.finish(exit_code=0 if kind is None else 1)

    def log(self, update: int, values: Mapping[str, float]) -> None:
        """Log `values` as they are after `update` updates."""
        if self._run is not None:
            self._run.log(dict(values), step=update)


def _id(file: Path) -> str:
    """Return the id that a file keeps; one that no other run has where there is no such file."""
    if not file.is_file():
        write_json(file, {"id": secrets.token_hex(8)})
    with reading(file):
        return str(read_json(file)["id"])


def _settings(directory: RunDirectory) -> dict[str, Any]:
    return RunRecord(directory).settings() if directory.config.is_file() else {}
