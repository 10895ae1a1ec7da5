"""Convex decomposition by CoACD: in a process of its own, with a time limit, kept on disk.

CoACD takes seconds for a piece, and on some broken meshes it stops the whole process or does not
end; a piece that it fails on is left in one, and tried again at the next load.

References:
    Wei et al., "Approximate Convex Decomposition for 3D Meshes with Collision-Aware Concavity and
    Tree Search", 2022: https://arxiv.org/abs/2205.02961
"""

from __future__ import annotations

import hashlib
import io
import logging
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from spawnnet_sim.extras import import_extra

Array = NDArray[np.float64]

logger = logging.getLogger(__name__)

TIME_LIMIT = 60.0  # seconds for one piece
# Boxes instead of hulls; coarser, and an order of magnitude faster, than the defaults.
SETTINGS = {
    "threshold": 0.1, "preprocess_mode": "on", "preprocess_resolution": 40, "resolution": 500,
    "mcts_nodes": 10, "mcts_iterations": 40, "mcts_max_depth": 2, "max_convex_hull": 16,
    "apx_mode": "box", "seed": 0,
}  # fmt: skip
# Reads triangles (m, 3, 3) from its input, writes those of the boxes (boxes, 12, 3, 3).
_PROGRAM = f"""
import io, sys
import coacd, numpy as np
corners = np.load(io.BytesIO(sys.stdin.buffer.read()))
vertices, faces = np.unique(corners.reshape(-1, 3), axis=0, return_inverse=True)
coacd.set_log_level("off")
boxes = coacd.run_coacd(coacd.Mesh(vertices, faces.reshape(-1, 3)), **{SETTINGS!r})
np.save(sys.argv[1], np.array([points[corners] for points, corners in boxes]))
"""


def decompose(corners: Array) -> Array:
    """Cut a piece into boxes.

    Args:
        corners: `(m, 3, 3)`, triangles in metres.

    Returns:
        `(boxes, 12, 3, 3)`, the boxes' triangles; none if CoACD fails, which is logged.

    Raises:
        ConfigurationError: If the extra `partnet` is not installed.
    """
    middle = np.round(corners.mean(axis=(0, 1)), 6)
    local = np.round(corners - middle, 6)
    key = hashlib.sha256(repr(SETTINGS).encode() + local.tobytes()).hexdigest()[:32]
    file = cache_folder() / f"{key}.npy"
    if not file.is_file() and not _run(local, file):
        return np.zeros((0, 12, 3, 3))
    boxes: Array = np.load(file, allow_pickle=False) + middle
    return boxes


def _run(corners: Array, file: Path) -> bool:
    """Write the boxes to a file, which appears only when it is complete; return whether it did."""
    import_extra("coacd", "partnet")
    file.parent.mkdir(parents=True, exist_ok=True)
    temporary = file.with_name(f".{file.stem}-{os.getpid()}.npy")
    content = io.BytesIO()
    np.save(content, corners, allow_pickle=False)
    try:
        subprocess.run(
            [sys.executable, "-c", _PROGRAM, str(temporary)],
            input=content.getvalue(), capture_output=True, check=True, timeout=TIME_LIMIT,
        )  # fmt: skip
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as error:
        logger.warning(
            "CoACD failed (%s): one box stands for a piece of %d triangles.",
            type(error).__name__,
            len(corners),
        )
        temporary.unlink(missing_ok=True)
        return False
    temporary.replace(file)
    return True


def cache_folder() -> Path:
    """Return where boxes are kept: `spawnnet-sim/boxes` in `$XDG_CACHE_HOME`, or in `~/.cache`."""
    root = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(root) / "spawnnet-sim" / "boxes"
