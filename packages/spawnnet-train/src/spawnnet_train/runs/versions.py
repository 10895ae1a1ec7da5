"""On which versions a run is trained."""

from __future__ import annotations

from pathlib import Path

from spawnnet_record.files import write_json, write_text
from spawnnet_record.provenance import describe_machine
from spawnnet_record.run_directory import RunDirectory

_OURS = ("train", "encoders", "policies", "sim", "data", "record", "gdict")
_OTHERS = ("torch", "timm", "numpy", "mujoco", "mujoco-warp", "gymnasium")


def create_run(
    output: Path, experiment: str, config_yaml: str, prepared: RunDirectory | None = None
) -> RunDirectory:
    """Make the directory of a new run, with its settings and the versions that decide it.

    Args:
        output: Holds a folder for each experiment.
        experiment: Its name.
        config_yaml: All settings of the run.
        prepared: The directory, if there is one already.
    """
    names = [*(f"spawnnet-{name}" for name in _OURS), *_OTHERS]
    versions = describe_machine(names, Path(__file__).parent)
    if prepared is None:
        return RunDirectory.create(output, experiment, config_yaml, versions)
    write_text(prepared.config, config_yaml)
    write_json(prepared.versions, versions)
    return prepared
