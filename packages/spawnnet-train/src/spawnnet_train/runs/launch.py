"""Run a configuration, whatever its algorithm, or go on with a run that was stopped."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

from spawnnet_train.record.console import Console
from spawnnet_train.record.metrics import read_metrics
from spawnnet_train.record.run_directory import RunDirectory, write_json
from spawnnet_train.runs.bc_training import resume_bc, train_bc
from spawnnet_train.runs.loading import load_config
from spawnnet_train.runs.run_config import BehaviorCloningRun, RunConfig
from spawnnet_train.runs.training import resume_training, train


def launch(config: RunConfig | BehaviorCloningRun, console: Console) -> RunDirectory:
    """Train as `config` says, write `result.json`, and return the directory of the run."""
    run = train(config, console) if isinstance(config, RunConfig) else train_bc(config, console)
    write_json(run.result, _result(run))
    return run


def resume(path: Path, console: Console) -> RunDirectory:
    """Go on with a run that was stopped; of a finished one nothing is repeated but its rollouts.

    Raises:
        ConfigError: If there is no run, or it cannot be resumed.
    """
    run = RunDirectory.open(path)
    config = load_config(run.config)
    if isinstance(config, RunConfig):
        resume_training(config, run, console)
    else:
        resume_bc(config, run, console)
    write_json(run.result, _result(run))
    return run


def _result(run: RunDirectory) -> dict[str, Any]:
    """Return the last value of every metric, and success rates by split."""
    found: dict[str, Any] = {}
    for row in read_metrics(run.metrics):
        found |= row
    summary = run.evaluation / "summary.csv"
    if summary.is_file():
        with summary.open(encoding="utf-8", newline="") as file:
            for rate in csv.DictReader(file):
                if rate["cabinet"] == "all":
                    found[f"success/{rate['split']}"] = float(rate["rate"])
    return found
