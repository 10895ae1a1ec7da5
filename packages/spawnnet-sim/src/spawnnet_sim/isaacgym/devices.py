"""GPUs as CUDA counts them, and as Vulkan does; a UUID means the same to both."""

from __future__ import annotations

import re
import shutil
import subprocess
from typing import NamedTuple

from spawnnet_sim.errors import ConfigurationError
from spawnnet_sim.isaacgym.config import IsaacGymConfig

_LIMIT = 30.0  # seconds


class Devices(NamedTuple):
    """Where a worker simulates and draws.

    Attributes:
        compute: Number of the GPU that simulates, as the worker's CUDA counts.
        graphics: Number of the GPU that draws, as Vulkan counts.
        visible: What `CUDA_VISIBLE_DEVICES` must be for the worker; None leaves it as it is.
    """

    compute: int
    graphics: int
    visible: str | None


def find_devices(config: IsaacGymConfig) -> Devices:
    """Return where a worker simulates and draws.

    Raises:
        ConfigurationError: If this machine has no such GPU, as far as its tools tell.
    """
    uuids = cuda_uuids()
    compute, graphics = config.cuda_device, config.graphics_device
    if uuids is not None:
        is_there = compute in uuids if isinstance(compute, str) else compute < len(uuids)
        if not is_there:
            shown = ", ".join(f"{number} ({uuid})" for number, uuid in enumerate(uuids)) or "none"
            message = f"there is no GPU {compute!r}; `nvidia-smi` lists {shown}."
            raise ConfigurationError("cuda_device", message)
    if isinstance(graphics, str):
        graphics = _vulkan_number(graphics)
    if isinstance(compute, str):
        return Devices(0, graphics, compute)
    return Devices(compute, graphics, None)


def cuda_uuids() -> list[str] | None:
    """Return the UUIDs of all GPUs, in the order of `nvidia-smi`; None where it is missing."""
    said = _output("nvidia-smi", "--query-gpu=uuid", "--format=csv,noheader")
    return None if said is None else [line.strip() for line in said.splitlines() if line.strip()]


def vulkan_uuids() -> list[str] | None:
    """Return the UUIDs of all devices, in the order of `vulkaninfo`; None where it is missing."""
    said = _output("vulkaninfo", "--summary")
    if said is None:
        return None
    return [f"GPU-{uuid}" for uuid in re.findall(r"deviceUUID\s*=\s*([0-9a-fA-F-]{36})", said)]


def _vulkan_number(uuid: str) -> int:
    uuids = vulkan_uuids()
    if uuids is None:
        message = (
            "needs `vulkaninfo` (package vulkan-tools) to find a UUID; give the number instead."
        )
        raise ConfigurationError("graphics_device", message)
    if uuid not in uuids:
        message = f"there is no GPU {uuid!r}; `vulkaninfo` lists {', '.join(uuids) or 'none'}."
        raise ConfigurationError("graphics_device", message)
    return uuids.index(uuid)


def _output(program: str, *arguments: str) -> str | None:
    """Return what a program prints; None where it is missing or fails."""
    path = shutil.which(program)
    if path is None:
        return None
    try:
        return subprocess.run(
            [path, *arguments], capture_output=True, text=True, timeout=_LIMIT, check=True
        ).stdout
    except (OSError, subprocess.SubprocessError):
        return None
