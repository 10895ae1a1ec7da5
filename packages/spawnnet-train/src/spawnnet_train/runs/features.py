"""Fill the features of demonstrations before the runs that share them."""

from __future__ import annotations

from contextlib import closing

from spawnnet_jobs.terminal.console import Console
from spawnnet_train.algorithms.cloning.cloning import BehaviorCloning
from spawnnet_train.algorithms.storage import describe_parts, free_space, place_parts
from spawnnet_train.config.errors import ConfigError, building
from spawnnet_train.runs.launch import open_algorithm
from spawnnet_train.runs.machine import prepare_torch
from spawnnet_train.runs.run_config import RunConfig
from spawnnet_train.student.create import create_student


def fill_features(config: RunConfig, console: Console | None = None) -> None:
    """Let every image of the demonstrations pass the frozen backbone, and keep what comes out.

    Runs with `algorithm.frozen: disk` (or `auto`) of this backbone then never run it again. What is
    there already is not computed again, so that a fill that was interrupted goes on.

    Args:
        config: From `load_config`.
        console: Shows progress; by default at the terminal.

    Raises:
        ConfigError: If there are no demonstrations, or the disk is too small.
    """
    console = console or Console()
    device = prepare_torch(config)
    with closing(open_algorithm(config)) as algorithm:
        if not isinstance(algorithm, BehaviorCloning):
            message = "must be bc: features are filled beforehand for demonstrations alone."
            raise ConfigError([f"algorithm.name: {message}"])
        student = create_student(config, algorithm.spec, device)
        with building(""):
            parts = [part._replace(chosen="disk") for part in algorithm.storage(student)]
            places = place_parts(parts, free_space(algorithm.frozen_folder))
        console.paths("Features", {"will take": describe_parts(parts, places)})
        path, count = algorithm.fill_features(student, console)
        console.paths("Features", {"time steps": str(count), "folder": path})
