"""Program that says which `MUJOCO_EGL_DEVICE_ID` leads to which GPU, as one line of JSON.

What the numbers mean depends on the driver and on `CUDA_VISIBLE_DEVICES`. So MuJoCo is asked to
open a display with each of them, and EGL which device that is.
"""

from __future__ import annotations

import ctypes
import json
import os
import sys
from pathlib import Path
from typing import Any

from spawnnet_sim.physics.gpus import pci_address

MOST = 32  # devices that are tried
_DEVICE = 0x322C  # EGL_DEVICE_EXT
_FILES = (0x3233, 0x3377)  # EGL_DRM_DEVICE_FILE_EXT, EGL_DRM_RENDER_NODE_FILE_EXT


def numbers() -> dict[str, str]:
    """Return the number of each GPU by its PCI address; of those that EGL tells it of."""
    from mujoco import egl

    found: dict[str, str] = {}
    for number in map(str, range(MOST)):
        os.environ["MUJOCO_EGL_DEVICE_ID"] = number
        try:
            display = egl.create_initialized_egl_device_display()
        except RuntimeError:  # there are no more
            break
        address = _address(ctypes.cast(display, ctypes.c_void_p))
        if address is not None:
            found.setdefault(address, number)
    return found


def address_of_node(node: str, devices: Path = Path("/sys/class/drm")) -> str | None:
    """Return the PCI address of a file such as `/dev/dri/card0`; None if it is no PCI device."""
    place = (devices / Path(node).name / "device").resolve()
    try:
        return pci_address(place.name)
    except ValueError:
        return None


def _address(display: ctypes.c_void_p) -> str | None:
    """Return the PCI address of the GPU that a display draws with."""
    device = ctypes.c_ssize_t()
    query = _function("eglQueryDisplayAttribEXT", ctypes.c_uint)
    if not query(display, ctypes.c_int(_DEVICE), ctypes.byref(device)):
        return None
    text = _function("eglQueryDeviceStringEXT", ctypes.c_char_p)
    for name in _FILES:
        node = text(ctypes.c_void_p(device.value), ctypes.c_int(name))
        if node is not None:
            return address_of_node(node.decode())
    return None


def _function(name: str, result: Any) -> Any:
    egl = ctypes.CDLL("libEGL.so.1")
    egl.eglGetProcAddress.restype = ctypes.c_void_p
    address = egl.eglGetProcAddress(name.encode())
    function = ctypes.CFUNCTYPE(result)(address)
    function.argtypes = None  # type: ignore[assignment]
    return function


if __name__ == "__main__":
    sys.stdout.write(json.dumps(numbers()) + "\n")
