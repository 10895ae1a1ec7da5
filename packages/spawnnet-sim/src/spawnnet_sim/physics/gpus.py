"""The GPUs that CUDA shows, and which worker takes which."""

from __future__ import annotations

import functools
import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from spawnnet_sim.errors import ConfigurationError

Devices = Literal["auto"] | tuple[int | str, ...]

# Warp, which MuJoCo's ray tracer brings, asks the driver; in a process of its own, which may end.
_PROBE = """
import json, warp
warp.config.quiet = True
warp.init()
print(json.dumps([[gpu.name, gpu.uuid, gpu.pci_bus_id] for gpu in warp.get_cuda_devices()]))
"""
_NODES = ("nvidia[0-9]*", "dxg")  # in /dev, where there is a driver; the latter in WSL


@dataclass(frozen=True)
class Gpu:
    """A GPU.

    Attributes:
        name: Such as `NVIDIA H100`.
        uuid: As CUDA has it, beginning with `GPU-`.
        pci: Its address, see `pci_address`.
    """

    name: str
    uuid: str
    pci: str


@functools.cache
def list_gpus() -> tuple[Gpu, ...]:
    """Return the GPUs in CUDA's order, those that `CUDA_VISIBLE_DEVICES` leaves."""
    if not any(node for pattern in _NODES for node in Path("/dev").glob(pattern)):
        return ()
    done = subprocess.run([sys.executable, "-c", _PROBE], capture_output=True, check=False)
    if done.returncode:
        return ()
    rows = json.loads(done.stdout.decode().splitlines()[-1])
    return tuple(Gpu(name, uuid, pci_address(pci)) for name, uuid, pci in rows)


def pci_address(text: str) -> str:
    """Return a PCI address as `0000:3b:00`, of `00000000:3B:00` or `0000:3b:00.0`."""
    domain, bus, device = text.partition(".")[0].split(":")
    return f"{int(domain, 16):04x}:{int(bus, 16):02x}:{int(device, 16):02x}"


def choose_gpus(devices: Devices, workers: int, gpus: Sequence[Gpu]) -> list[Gpu]:
    """Return the GPU of each worker: worker i takes device i modulo their number.

    Args:
        devices: `auto` for all that there are, or numbers in CUDA's order and UUIDs.
        workers: Number of workers.
        gpus: Those that there are; without any, `auto` gives none.

    Raises:
        ConfigurationError: If there is no such device, or there are fewer workers than devices.
    """
    if devices == "auto":
        chosen = list(gpus)
    else:
        _check_count(devices, workers)
        chosen = [_gpu(index, device, gpus) for index, device in enumerate(devices)]
    return [chosen[worker % len(chosen)] for worker in range(workers)] if chosen else []


def _check_count(devices: Sequence[int | str], workers: int) -> None:
    if not 1 <= len(devices) <= workers:
        raise ConfigurationError(
            "devices",
            f"must be from 1 to as many as there are workers, {workers}, got {len(devices)}:"
            f" {list(devices)}.",
        )


def _gpu(index: int, device: int | str, gpus: Sequence[Gpu]) -> Gpu:
    found = [gpu for number, gpu in enumerate(gpus) if device in (number, gpu.uuid)]
    if not found:
        known = ", ".join(f"{number} ({gpu.uuid})" for number, gpu in enumerate(gpus))
        shown = f"shows {known}" if known else "shows no device here"
        raise ConfigurationError(f"devices[{index}]", f"CUDA {shown}, got {device!r}.")
    return found[0]
