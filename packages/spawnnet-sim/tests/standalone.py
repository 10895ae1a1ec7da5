"""Prove that the wheel works alone: run in an environment with nothing but its dependencies."""

import importlib.util
import os
import sys

import spawnnet_sim
from spawnnet_sim import (
    CabinetsConfig,
    CamerasConfig,
    ConfigurationError,
    EnvironmentConfig,
    create_environment,
    create_expert,
    list_tasks,
)
from spawnnet_sim.isaacgym.worker_process import WorkerProcess

SIBLINGS = ("gdict", "spawnnet_encoders", "spawnnet_policies", "spawnnet_record", "spawnnet_train")


def worker_starts() -> bool:
    """Return whether the program for Isaac Gym is there, speaks, and only lacks the library."""
    memory = os.open(os.devnull, os.O_RDWR)
    worker = WorkerProcess(sys.executable, memory, os.environ, timeout=30.0)
    try:
        worker.ask("load", 30.0)
    except ConfigurationError as error:
        return "cannot import isaacgym" in error.message
    finally:
        worker.close()
    return False


def main() -> int:
    siblings = [name for name in SIBLINGS if importlib.util.find_spec(name)]
    if siblings:
        sys.stderr.write(f"{', '.join(siblings)} can be imported, so this proves nothing.\n")
        return 1
    if {"mujoco", "warp"} & sys.modules.keys():
        sys.stderr.write("Importing spawnnet_sim imported a simulator.\n")
        return 1
    if not worker_starts():
        sys.stderr.write("The worker of Isaac Gym does not start from the wheel.\n")
        return 1
    for task in list_tasks():
        cameras = CamerasConfig(image_size=(24, 32))
        config = EnvironmentConfig(task=task, cabinets=CabinetsConfig(count=2), cameras=cameras)
        environment, expert = create_environment(config), create_expert(config)
        environment.reset(seed=0)
        for _ in range(config.episode_steps):
            step = environment.step(expert.act(environment.privileged_state()))
        environment.close()
        if not step[4]["success"].all():
            sys.stderr.write(f"The expert of {task} did not open both cabinets.\n")
            return 1
    sys.stdout.write(f"spawnnet-sim {spawnnet_sim.__version__} works alone.\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
