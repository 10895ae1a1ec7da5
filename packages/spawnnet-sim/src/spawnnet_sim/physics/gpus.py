"""GPUs as CUDA shows them, and the EGL device of each, which is the one of the same PCI address."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from typing import Any, NamedTuple

from spawnnet_sim.errors import ConfigurationError

_LIMIT = 60.0  # seconds
# Asked in a process of its own: a driver that was asked once does not outlive a fork.
_CUDA = """
import ctypes, json, uuid
cuda, count, found = ctypes.CDLL("libcuda.so.1"), ctypes.c_int(), []
cuda.cuInit(0)
cuda.cuDeviceGetCount(ctypes.byref(count))
for number in range(count.value):
    device, name, address = ctypes.c_int(), (ctypes.c_ubyte * 16)(), ctypes.create_string_buffer(32)
    cuda.cuDeviceGet(ctypes.byref(device), number)
    cuda.cuDeviceGetUuid(name, device)
    cuda.cuDeviceGetPCIBusId(address, len(address), device)
    found.append(["GPU-" + str(uuid.UUID(bytes=bytes(name))), address.value.decode().lower()])
print(json.dumps(found))
"""
_EGL = """
import ctypes, json, os
egl, count, found = ctypes.CDLL("libEGL.so.1"), ctypes.c_int(), []
egl.eglGetProcAddress.restype = ctypes.c_void_p
def extension(name, kind, *arguments):
    return ctypes.CFUNCTYPE(kind, *arguments)(egl.eglGetProcAddress(name))
query = extension(b"eglQueryDevicesEXT", ctypes.c_uint, ctypes.c_int, ctypes.c_void_p,
                  ctypes.c_void_p)
text = extension(b"eglQueryDeviceStringEXT", ctypes.c_char_p, ctypes.c_void_p, ctypes.c_int)
devices = (ctypes.c_void_p * 64)()
query(len(devices), devices, ctypes.byref(count))
for device in devices[:count.value]:
    file = text(device, 0x3233)  # EGL_DRM_DEVICE_FILE_EXT, such as /dev/dri/card0
    link = "/sys/class/drm/{}/device".format(os.path.basename((file or b"").decode()))
    found.append(os.path.basename(os.path.realpath(link)).lower() if file else None)
print(json.dumps(found))
"""


class Gpu(NamedTuple):
    """A GPU.

    Attributes:
        number: As CUDA counts in this process, `CUDA_VISIBLE_DEVICES` respected.
        uuid: Means the same everywhere, such as `GPU-6a0c...`.
        address: On the PCI bus, such as `0000:3b:00.0`.
        egl: Number of its EGL device; None where EGL has none for it.
    """

    number: int
    uuid: str
    address: str
    egl: int | None

    @property
    def variables(self) -> dict[str, str]:
        """Environment variables of a process that is to use this GPU alone."""
        egl = {} if self.egl is None else {"MUJOCO_EGL_DEVICE_ID": str(self.egl)}
        return {"CUDA_VISIBLE_DEVICES": self.uuid, **egl}


def list_gpus() -> tuple[Gpu, ...]:
    """Return the GPUs that CUDA shows; none where there is no CUDA."""
    shown = _ask(_CUDA)
    return match(shown, _ask(_EGL)) if shown else ()


def match(shown: Sequence[tuple[str, str]], egl: Sequence[str | None]) -> tuple[Gpu, ...]:
    """Return GPUs with their EGL devices.

    Args:
        shown: UUID and PCI address of each GPU, as CUDA counts.
        egl: PCI address of each EGL device, as EGL counts; None for one in software.
    """
    return tuple(
        Gpu(number, uuid, address, egl.index(address) if address in egl else None)
        for number, (uuid, address) in enumerate(shown)
    )


def choose_gpus(
    gpus: Sequence[Gpu], devices: Sequence[int | str] | None, workers: int
) -> list[Gpu | None]:
    """Return the GPU of each worker: worker i has device i modulo their number.

    Args:
        gpus: Those that CUDA shows.
        devices: Numbers or UUIDs of those to use; None for all, if there are any.
        workers: Number of workers.

    Raises:
        ConfigurationError: If there is no such device, or one would be left without a worker.
    """
    if devices is None:
        chosen: list[Gpu | None] = list(gpus) or [None]
        return [chosen[worker % len(chosen)] for worker in range(workers)]
    if workers < len(devices):
        message = f"must be at most the number of workers, {workers}, got {len(devices)} devices."
        raise ConfigurationError("devices", message)
    named: dict[int | str, Gpu] = {gpu.number: gpu for gpu in gpus}
    named |= {gpu.uuid: gpu for gpu in gpus}
    for index, device in enumerate(devices):
        if device not in named:
            shown = ", ".join(f"{gpu.number} ({gpu.uuid})" for gpu in gpus) or "none"
            message = f"there is no GPU {device!r}; CUDA shows {shown}."
            raise ConfigurationError(f"devices[{index}]", message)
    return [named[devices[worker % len(devices)]] for worker in range(workers)]


def _ask(program: str) -> list[Any]:
    """Return what a program prints; nothing where a library is missing."""
    try:
        done = subprocess.run(
            [sys.executable, "-c", program], capture_output=True, timeout=_LIMIT, check=True
        )
    except (OSError, subprocess.SubprocessError):
        return []
    found: list[Any] = json.loads(done.stdout)
    return found
