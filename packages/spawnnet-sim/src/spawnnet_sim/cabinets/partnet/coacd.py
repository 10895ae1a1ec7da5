"""Convex decomposition by CoACD: in a process of its own, with a time limit, kept on disk.

CoACD takes seconds for a piece, and on some broken meshes it stops the whole process or does not
end. Its outcome is kept, whether boxes or a failure. The limit counts the processor's time, so
that the outcome does not depend on what else the machine does.

References:
    Wei et al., "Approximate Convex Decomposition for 3D Meshes with Collision-Aware Concavity and
    Tree Search", 2022: https://arxiv.org/abs/2205.02961
"""

from __future__ import annotations

import hashlib
import io
import logging
import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from spawnnet_sim.extras import import_extra

Array = NDArray[np.float64]

logger = logging.getLogger(__name__)

CPU_LIMIT = 60  # seconds of the processor for one piece
TIME_LIMIT = 600.0  # seconds on the clock, for a process that hangs without computing
# Boxes instead of hulls; coarser, and an order of magnitude faster, than the defaults.
SETTINGS = {
    "threshold": 0.1, "preprocess_mode": "on", "preprocess_resolution": 40, "resolution": 500,
    "mcts_nodes": 10, "mcts_iterations": 40, "mcts_max_depth": 2, "max_convex_hull": 16,
    "apx_mode": "box", "seed": 0,
}  # fmt: skip
# Reads triangles (m, 3, 3) from its input, writes those of the boxes (boxes, 12, 3, 3). Ends after
# so many seconds of the processor, and with the process that started it.
_PROGRAM = f"""
import io, os, sys, threading, time
try:
    import resource
except ImportError:  # Windows
    pass
else:
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CPU, (int(sys.argv[2]), int(sys.argv[2]) + 5))
def end_with(parent):
    while os.getppid() == parent:
        time.sleep(1)
    os._exit(1)
threading.Thread(target=end_with, args=(int(sys.argv[3]),), daemon=True).start()
import coacd, numpy as np
corners = np.load(io.BytesIO(sys.stdin.buffer.read()))
vertices, faces = np.unique(corners.reshape(-1, 3), axis=0, return_inverse=True)
coacd.set_log_level("off")
boxes = coacd.run_coacd(coacd.Mesh(vertices, faces.reshape(-1, 3)), **{SETTINGS!r})
np.save(sys.argv[1], np.array([points[corners] for points, corners in boxes]))
"""
# Ends that the same piece has again: the limit, and crashes. Killed by someone is none of them.
_REPEATABLE = ("SIGXCPU", "SIGABRT", "SIGSEGV", "SIGFPE", "SIGBUS", "SIGILL")


def decompose(corners: Array, what: str) -> Array:
    """Cut a piece into boxes.

    Args:
        corners: `(m, 3, 3)`, triangles in metres.
        what: The piece's asset and file, for the log.

    Returns:
        `(boxes, 12, 3, 3)`, the boxes' triangles; none if CoACD fails, which is logged.

    Raises:
        ConfigurationError: If the extra `partnet` is not installed.
    """
    middle = np.round(corners.mean(axis=(0, 1)), 6)
    local = np.round(corners - middle, 6)
    key = hashlib.sha256(repr(SETTINGS).encode() + local.tobytes()).hexdigest()[:32]
    file = cache_folder() / f"{key}.npy"
    boxes = _kept(file)
    if boxes is None:
        boxes = _run(local, file, what)
    found: Array = boxes + middle
    return found


def _kept(file: Path) -> Array | None:
    """Return what is on disk, if it is there and whole."""
    try:
        boxes: Array = np.load(file, allow_pickle=False)
    except (OSError, ValueError, EOFError):
        return None
    is_whole = boxes.ndim == 4 and boxes.shape[1:] == (12, 3, 3) and np.isfinite(boxes).all()
    return boxes if is_whole else None


def _run(corners: Array, file: Path, what: str) -> Array:
    """Return CoACD's boxes, and keep them in a file that appears only when it is complete."""
    import_extra("coacd", "partnet")
    file.parent.mkdir(parents=True, exist_ok=True)
    temporary = file.with_name(f".{file.stem}-{os.getpid()}.npy")
    content = io.BytesIO()
    np.save(content, corners, allow_pickle=False)
    logger.info("CoACD cuts up a piece of %d triangles of %s.", len(corners), what)
    try:
        subprocess.run(
            [sys.executable, "-c", _PROGRAM, str(temporary), str(CPU_LIMIT), str(os.getpid())],
            input=content.getvalue(), capture_output=True, check=True, timeout=TIME_LIMIT,
        )  # fmt: skip
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as error:
        is_final = _is_final(error)
        logger.warning(
            "CoACD failed (%s): one box stands for a piece of %d triangles of %s%s.",
            _reason(error), len(corners), what, "" if is_final else ", until the next load",
        )  # fmt: skip
        temporary.unlink(missing_ok=True)
        if not is_final:
            return np.zeros((0, 12, 3, 3))
        np.save(temporary, np.zeros((0, 12, 3, 3)), allow_pickle=False)
    temporary.replace(file)
    boxes = _kept(file)
    return np.zeros((0, 12, 3, 3)) if boxes is None else boxes


def _is_final(error: subprocess.CalledProcessError | subprocess.TimeoutExpired) -> bool:
    """Return whether CoACD would end like this again."""
    return isinstance(error, subprocess.CalledProcessError) and _signal(error) in _REPEATABLE


def _reason(error: subprocess.CalledProcessError | subprocess.TimeoutExpired) -> str:
    if isinstance(error, subprocess.TimeoutExpired):
        return f"no end within {error.timeout:g} s"
    if _signal(error) == "SIGXCPU":
        return f"more than {CPU_LIMIT} s of the processor"
    said = error.stderr.decode("utf-8", "replace").strip().splitlines()
    return _signal(error) or (said[-1] if said else f"exit status {error.returncode}")


def _signal(error: subprocess.CalledProcessError) -> str:
    """Return the name of the signal that ended the process; empty if none did."""
    return signal.Signals(-error.returncode).name if error.returncode < 0 else ""


def cache_folder() -> Path:
    """Return where boxes are kept: `spawnnet-sim/boxes` in `$XDG_CACHE_HOME`, or in `~/.cache`."""
    root = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(root) / "spawnnet-sim" / "boxes"
