"""Which device OpenGL has to draw with, for a GPU that CUDA knows: they count differently."""

from __future__ import annotations

import functools
import json
import logging
import os
import subprocess
import sys

from spawnnet_sim.physics.gpus import Gpu

logger = logging.getLogger(__name__)

_PROGRAM = "spawnnet_sim.mujoco.rendering.egl_probe"
_CUDA, _EGL = "CUDA_VISIBLE_DEVICES", "MUJOCO_EGL_DEVICE_ID"


@functools.cache
def egl_number(gpu: Gpu) -> str | None:
    """Return the `MUJOCO_EGL_DEVICE_ID` of a GPU where CUDA shows it alone; None if EGL has none.

    They are matched by their PCI addresses.
    """
    environment = {**os.environ, _CUDA: gpu.uuid, "PYOPENGL_PLATFORM": "egl"}
    command = [sys.executable, "-m", _PROGRAM]
    done = subprocess.run(command, env=environment, capture_output=True, check=False)
    if done.returncode:
        return None
    found: dict[str, str] = json.loads(done.stdout.decode().splitlines()[-1])
    return found.get(gpu.pci)


def gpu_variables(gpu: Gpu, *, draws_with_egl: bool) -> dict[str, str]:
    """Return the environment variables with which a worker uses one GPU alone."""
    variables = {_CUDA: gpu.uuid}
    if draws_with_egl:
        number = egl_number(gpu)
        if number is None:
            logger.warning("EGL has no device at %s: MuJoCo draws with its first.", gpu.pci)
        else:
            variables[_EGL] = number
    return variables
