"""Whether every camera sees its own environment, and what its depth means; looked at once."""

from typing import Any, Dict, List

import numpy as np
from cameras import CURE, FORMS, Cameras
from motion import Motion
from refusals import RefusalError
from world import Cell, paint_ball

RED, BLUE = (1.0, 0.0, 0.0), (0.0, 0.0, 1.0)
TOLERANCE = 0.02  # of the distance


def choose_form(
    gym: Any, cells: List[Cell], motion: Motion, cameras: Cameras, described: Dict[str, Any]
) -> str:
    """Find out in which way the library counts cameras, and take their tensors so.

    The ball of every environment is held before one camera after the other. It shows the
    environment's number, bit by bit, in red and blue, which no light can turn into each other.

    Returns:
        One of `FORMS`.

    Raises:
        RefusalError: If cameras see nothing, or in neither way their own environment.
    """
    has_images = False
    for form in FORMS:
        if not cameras.take(form):
            continue
        has_images = True
        if all(
            _sees_own(gym, cells, motion, cameras, view, described)
            for view in range(len(described["views"]))
        ):
            return form
    what = "Cameras see other environments than their own, whichever way they are counted."
    raise RefusalError("graphics_device", what if has_images else CURE)


def _sees_own(
    gym: Any,
    cells: List[Cell],
    motion: Motion,
    cameras: Cameras,
    view: int,
    described: Dict[str, Any],
) -> bool:
    motion.move_balls(np.tile(described["views"][view]["ahead"], (len(cells), 1)))
    codes = 1 + np.arange(len(cells))  # none is 0, which an image that never changes would show
    for bit in range(int(codes[-1]).bit_length() + 1):
        is_red = (codes >> bit) % 2 == 1  # the last bit is 0 everywhere
        for cell, red in zip(cells, is_red):
            paint_ball(gym, cell, RED if red else BLUE)
        cameras.draw()
        red, _, blue = np.moveaxis(cameras.centres()[:, view].astype(int), -1, 0)
        cameras.release()
        if ((red > blue) != is_red).any() or (red == blue).any():
            return False
    return True


def measure_depth(cameras: Cameras, described: Dict[str, Any]) -> str:
    """Find out whether depth counts along the ray or the optical axis, on the bare floor.

    Returns:
        `axis` or `ray`; with the latter depth is converted from now on.

    Raises:
        RefusalError: If it is neither.
    """
    view = described["floor_view"]
    cameras.draw()
    seen = cameras.floor()
    cameras.release()
    rays = _rays(view["fov"], seen.shape)  # (h, w, 3)
    down = rays @ np.array(view["down"])  # how far a ray sinks per metre along the axis
    along_axis = view["position"][2] / down
    lengths = np.linalg.norm(rays, axis=2)
    meanings = {"axis": along_axis, "ray": along_axis * lengths}
    fitting = [
        name for name, expected in meanings.items() if np.abs(seen / expected - 1).max() < TOLERANCE
    ]
    if not fitting:
        message = "depth of a slanted floor is {:.3f} to {:.3f} m, expected {:.3f} to {:.3f} m."
        numbers = (seen.min(), seen.max(), along_axis.min(), along_axis.max())
        raise RefusalError("graphics_device", message.format(*numbers))
    if fitting[0] == "ray":
        size = described["image_size"]
        all_rays = [_rays(view["fov"], size) for view in described["views"]]
        cameras.scale(1.0 / np.linalg.norm(all_rays, axis=3)[:, None])
    return fitting[0]


def _rays(fov: float, size: Any) -> np.ndarray:
    """Return `(h, w, 3)` directions of pixels, 1 along the axis, then to the left and up."""
    height, width = size
    half = np.tan(np.radians(fov) / 2)
    left = half * (1 - (2 * np.arange(width) + 1) / width)
    up = half * (height - (2 * np.arange(height) + 1)) / width  # square pixels
    grid_up, grid_left = np.meshgrid(up, left, indexing="ij")
    return np.stack([np.ones_like(grid_up), grid_left, grid_up], axis=2)
