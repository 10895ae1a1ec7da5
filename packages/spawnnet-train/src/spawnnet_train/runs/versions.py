"""On which versions a run is trained."""

from __future__ import annotations

from pathlib import Path

from spawnnet_record.provenance import describe_machine
from spawnnet_record.run_directory import RunDirectory

_DISTRIBUTIONS = (
    "spawnnet-train",
    "spawnnet-encoders",
    "spawnnet-policies",
    "spawnnet-sim",
    "spawnnet-data",
    "spawnnet-record",
    "spawnnet-gdict",
    "torch",
    "timm",
    "numpy",
    "mujoco",
    "mujoco-warp",
    "gymnasium",
)


def create_run(output: Path, experiment: str, config_yaml: str) -> RunDirectory:
    """Make the directory of a new run, with its settings and the versions that decide it."""
    versions = describe_machine(_DISTRIBUTIONS, Path(__file__).parent)
    return RunDirectory.create(output, experiment, config_yaml, versions)
