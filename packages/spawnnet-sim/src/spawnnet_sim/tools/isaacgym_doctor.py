"""Whether Isaac Gym works on this machine: one part after the other, each with its cure."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import numpy as np

from spawnnet_sim.cabinets.procedural import generate_cabinets
from spawnnet_sim.errors import ConfigurationError, WorkerError
from spawnnet_sim.isaacgym.assets import robot_file
from spawnnet_sim.isaacgym.config import IsaacGymConfig
from spawnnet_sim.isaacgym.devices import cuda_uuids, find_devices, vulkan_uuids
from spawnnet_sim.isaacgym.isaacgym_physics import IsaacGymPhysics, worker_environment
from spawnnet_sim.isaacgym.python import Python, ask_python
from spawnnet_sim.isaacgym.worker_process import WorkerProcess
from spawnnet_sim.physics.scene import Scene
from spawnnet_sim.robots.panda import PANDA
from spawnnet_sim.tools.doctor import Finding

NOT_RUN = (
    "The authors have not run Isaac Gym itself: this engine was tested with what stands in for it,"
    " see docs/engines.md."
)
KNOWN = ("3.6", "3.7", "3.8")
_STEPS = 20  # whose mean is told


def diagnose_isaacgym(config: IsaacGymConfig, expert: Path | None = None) -> Iterator[Finding]:
    """Look at Python, library, compiler, devices, assets and a small scene, one after another.

    What cannot work without a part that does not is left out.

    Args:
        config: The engine's settings.
        expert: File of the paper's expert, to look for it and its companion.
    """
    yield from _files(config, expert)
    try:
        python = ask_python(config.python)
    except ConfigurationError as error:
        yield Finding("Python", False, error.message)
        return
    parts = [*_python(python), *_compiler(config.python), *_devices(config)]
    yield from parts
    loads = _loads(config, python)
    yield loads
    if loads.works:
        yield _scene(config)


def parse_device(text: str) -> int | str:
    """Return a device as settings have it: a number, or a UUID."""
    return int(text) if text.isdigit() else text


def _files(config: IsaacGymConfig, expert: Path | None) -> Iterator[Finding]:
    if config.assets is not None:
        try:
            yield Finding("assets", True, str(robot_file(config.assets)))
        except ConfigurationError as error:
            yield Finding("assets", False, error.message)
    if expert is not None:
        number = expert.stem.rpartition("_")[2]
        needed = (expert, expert.with_name(f"CP_{number}.pt"))
        missing = [str(file) for file in needed if not file.is_file()]
        remark = f"there is no {' and no '.join(missing)}" if missing else str(expert)
        yield Finding("expert", not missing, remark)


def _python(python: Python) -> Iterator[Finding]:
    minor = python.version.rpartition(".")[0]
    is_known = minor in KNOWN
    cure = (
        "" if is_known else f"; Isaac Gym exists for {', '.join(KNOWN)}: make such an environment"
    )
    yield Finding("Python", is_known, python.version + cure)
    library = next((python.prefix / "lib").glob(f"libpython{minor}*.so*"), None)
    cure = (
        f"none in {python.prefix / 'lib'}: take a Python of conda, or one built with a shared one"
    )
    yield Finding("libpython", library is not None, str(library or cure))
    cure = "download Preview 4, then `pip install -e isaacgym/python` in that environment"
    remark = f"compiled for {', '.join(python.bindings)}" if python.bindings else "found"
    works = python.has_isaacgym and python.fits
    yield Finding("isaacgym", works, remark if python.has_isaacgym else cure)


def _compiler(python: str) -> Iterator[Finding]:
    """Look for what gymtorch is compiled with when it is first imported."""
    path = os.pathsep.join([str(Path(python).parent), os.environ.get("PATH", "")])
    for name, cure in (("c++", "apt-get install g++"), ("ninja", "pip install ninja")):
        found = shutil.which(name, path=path)
        yield Finding(f"compiler: {name}", found is not None, found or f"{cure}, for gymtorch")


def _devices(config: IsaacGymConfig) -> Iterator[Finding]:
    for name, uuids, tool in (
        ("CUDA", cuda_uuids(), "nvidia-smi, which comes with the driver"),
        ("graphics", vulkan_uuids(), "vulkaninfo (apt-get install vulkan-tools)"),
    ):
        if uuids is None:
            yield Finding(f"devices: {name}", False, f"cannot be listed without {tool}")
        else:
            listed = ", ".join(f"{number} is {uuid}" for number, uuid in enumerate(uuids))
            yield Finding(f"devices: {name}", bool(uuids), listed or "none")
    try:
        devices = find_devices(config)
        chosen = f"CUDA {devices.visible or devices.compute}, graphics {devices.graphics}"
        yield Finding("devices chosen", True, chosen)
    except ConfigurationError as error:
        yield Finding("devices chosen", False, str(error))


def _loads(config: IsaacGymConfig, python: Python) -> Finding:
    """Let a worker import the library and torch after it."""
    worker = None
    with open(os.devnull, "r+b") as memory:  # noqa: PTH123 - no file of the user's
        try:
            environment = worker_environment(os.environ, python, find_devices(config))
            worker = WorkerProcess(config.python, memory.fileno(), environment, config.timeout)
            versions = worker.ask("load", config.start_timeout)
        except (ConfigurationError, WorkerError) as error:
            return Finding("imports", False, str(error))
        finally:
            if worker is not None:
                worker.close()
    return Finding("imports", True, f"isaacgym, then torch {versions['torch']}")


def _scene(config: IsaacGymConfig) -> Finding:
    """Create two generated cabinets, step them, and look at colours and depth."""
    scene = Scene(PANDA, generate_cabinets("drawer-train-v1", 2), ("middle", "left"))
    try:
        with closing(IsaacGymPhysics(scene, config)) as physics:
            physics.reset(np.ones(2, bool), np.tile(PANDA.home, (2, 1)))
            for _ in range(_STEPS):
                physics.step(np.tile(PANDA.home[PANDA.driven], (2, 1)), np.zeros((2, 2)))
            drift = float(np.abs(physics.state().joint_positions - PANDA.home).max())
            images, facts = physics.render(), physics.facts
    except (ConfigurationError, WorkerError) as error:
        return Finding("two cabinets", False, str(error))
    is_seen = bool((images.rgb.std(axis=(2, 3, 4)) > 1).all() and (images.depth < 2.0).any())
    remark = (
        f"{1000 * facts['seconds']:.1f} ms a step; cameras are counted as {facts['handles']!r}, "
        f"depth along the {facts['depth']}; a robot at rest moves by {drift:.4f}"
    )
    return Finding("two cabinets", is_seen and drift < 0.05, remark)
