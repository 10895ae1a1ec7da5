"""The folder of one run: everything needed to understand it, look at it and evaluate it again."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, final

from spawnnet_record.errors import RecordError
from spawnnet_record.files import write_json, write_text

LATEST = "latest"
"""The link beside the runs of an experiment that leads to the one that began last."""
_LOG = logging.getLogger(__name__)


@final
class RunDirectory:
    """Paths of one run.

    `config.yaml`, `changed.json` and `versions.json` say what ran, `state.json` how it stands,
    `cost.json` what it took, `metrics.jsonl` and `tensorboard/` how it went, `wandb.json` which
    run at Weights & Biases it is, `spec.json` what the student sees and does, `checkpoints/` hold
    the students, `videos/`, `attention/`, `predictions/` and `eval/` show what they do, and
    `report.html` shows it all. `storage/` is the algorithm's, as long as it trains.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.config = path / "config.yaml"
        self.changed = path / "changed.json"
        self.versions = path / "versions.json"
        self.state = path / "state.json"
        self.cost = path / "cost.json"
        self.report = path / "report.html"
        self.metrics = path / "metrics.jsonl"
        self.tensorboard = path / "tensorboard"
        self.wandb = path / "wandb.json"
        self.checkpoints = path / "checkpoints"
        self.videos = path / "videos"
        self.attention = path / "attention"
        self.evaluation = path / "eval"
        self.storage = path / "storage"
        self.evaluated = self.evaluation / "checkpoints.csv"
        self.success = path / "success.png"
        self.spec = path / "spec.json"
        self.training_state = path / "training_state.safetensors"
        self.curves = path / "curves.png"
        self.pictures = path / "predictions"
        self.result = path / "result.json"
        self.lock = path / ".running"

    @classmethod
    def create(
        cls, output: Path, experiment: str, config_yaml: str, versions: Mapping[str, Any]
    ) -> RunDirectory:
        """Make the folder `output/experiment/<time>` and write down what is about to run in it.

        `output/experiment/latest` leads to it then.

        Args:
            output: Holds a folder for each experiment.
            experiment: Its name.
            config_yaml: All settings of the run.
            versions: On what it runs, see `describe_machine`.
        """
        directory = cls(_new_folder(output / experiment, f"{datetime.now():%Y-%m-%d_%H-%M-%S}"))
        write_text(directory.config, config_yaml)
        write_json(directory.versions, versions)
        _point_to(directory.path)
        return directory

    @classmethod
    def open(cls, path: Path) -> RunDirectory:
        """Return the run in the existing folder `path`.

        Raises:
            RecordError: If there is no run.
        """
        directory = cls(path)
        if not directory.config.is_file():
            raise RecordError("", f"{path}: no run directory, it has no {directory.config.name}.")
        return directory


def _point_to(folder: Path) -> None:
    """Make `latest` beside a run lead to it."""
    link = folder.with_name(LATEST)
    temporary = folder.with_name(f".{LATEST}.part")
    try:
        temporary.unlink(missing_ok=True)
        temporary.symlink_to(folder.name)
        temporary.replace(link)
    except OSError as error:  # a file system without links, or a folder of that name
        _LOG.debug("%s does not lead to the latest run: %s", link, error)


def _new_folder(parent: Path, name: str) -> Path:
    """Make and return `parent/name`, or `parent/name_2` and so on where that exists."""
    attempt = 1
    while True:
        folder = parent / (name if attempt == 1 else f"{name}_{attempt}")
        try:
            folder.mkdir(parents=True)
            return folder
        except FileExistsError:
            attempt += 1
