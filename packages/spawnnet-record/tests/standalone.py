"""Prove that the wheel works alone, without extras and without the other packages.

Run by `python -I standalone.py` in an environment with nothing else installed; not a pytest module.
"""

from __future__ import annotations

import importlib.util
import sys
import tempfile
from pathlib import Path

from spawnnet_record import (
    MetricsLog,
    RecordError,
    RunDirectory,
    RunRecord,
    TensorboardLog,
    running,
)
from spawnnet_record.report.pages import write_page

OTHERS = (
    "gdict",
    "spawnnet_data",
    "spawnnet_encoders",
    "spawnnet_policies",
    "spawnnet_sim",
    "spawnnet_train",
    "torch",
)


def main() -> None:
    """Write and read a run."""
    present = [name for name in OTHERS if importlib.util.find_spec(name)]
    if present:
        sys.exit(f"Not alone: {', '.join(present)} can be imported.")
    with tempfile.TemporaryDirectory() as folder:
        run = RunDirectory.create(Path(folder), "alone", "seed: 3\n", {})
        with running(run), MetricsLog(run.metrics) as log:
            log.log(1, {"train/loss": 0.5})
        record = RunRecord.open(run.path)
        if (record.settings(), record.result()["train/loss"]) != ({"seed": 3}, 0.5):
            sys.exit("A run is not read as it was written.")
        if "train/loss" not in write_page(run.path).read_text("utf-8"):
            sys.exit("The report lacks the loss.")
        try:
            TensorboardLog(run.tensorboard)
        except RecordError as error:
            if "spawnnet-record[tensorboard]" not in str(error):
                raise


if __name__ == "__main__":
    main()
