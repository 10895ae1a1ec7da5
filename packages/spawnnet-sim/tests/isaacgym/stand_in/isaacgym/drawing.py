"""Images by rays: every pixel shows the colour of the first solid, and how far it is."""

from typing import Any, List, Tuple

import numpy as np

_FLOOR = (0.45, 0.47, 0.5)


def draw(camera: Any, solids: List[Any], along_ray: bool) -> Tuple[np.ndarray, np.ndarray]:
    """Return `(H, W, 4)` uint8 colours and `(H, W)` negative distances, -inf where nothing is."""
    height, width = camera.properties.height, camera.properties.width
    half = np.tan(np.radians(camera.properties.horizontal_fov) / 2)
    left = half * (1 - (2 * np.arange(width) + 1) / width)
    up = half * (height - 2 * np.arange(height) - 1) / width
    rays = np.ones((height, width, 3))
    rays[..., 1], rays[..., 2] = left[None], up[:, None]
    rays = rays.reshape(-1, 3)  # 1 along the axis, then to the left and up
    origin, turned = camera.pose[:3, 3], rays @ camera.pose[:3, :3].T
    distances = np.full(len(rays), np.inf)
    colours = np.full((len(rays), 3), 0.8)
    floor = np.where(turned[:, 2] < 0, -origin[2] / np.minimum(turned[:, 2], -1e-9), np.inf)
    for hits, colour in [(floor, _FLOOR), *_all_hits(origin, turned, solids)]:
        is_near = hits < distances
        distances[is_near], colours[is_near] = hits[is_near], colour
    if along_ray:
        distances = distances * np.linalg.norm(rays, axis=1)
    image = np.full((height, width, 4), 255, np.uint8)
    image[..., :3] = np.round(255 * colours).reshape(height, width, 3)
    return image, -distances.reshape(height, width).astype(np.float32)


def _all_hits(origin: np.ndarray, rays: np.ndarray, solids: List[Any]) -> Any:
    for kind, size, pose, colour in solids:
        rotation = pose[:3, :3]
        local, turned = (origin - pose[:3, 3]) @ rotation, rays @ rotation
        turned = np.where(np.abs(turned) < 1e-9, 1e-9, turned)
        yield (
            {"box": _box, "sphere": _sphere, "cylinder": _cylinder}[kind](local, turned, size),
            colour,
        )


def _box(origin: np.ndarray, rays: np.ndarray, size: np.ndarray) -> np.ndarray:
    ends = np.stack([(-size - origin) / rays, (size - origin) / rays])
    return _between(ends.min(axis=0).max(axis=1), ends.max(axis=0).min(axis=1))


def _sphere(origin: np.ndarray, rays: np.ndarray, size: np.ndarray) -> np.ndarray:
    return _between(*_roots(origin, rays, size[0]))


def _cylinder(origin: np.ndarray, rays: np.ndarray, size: np.ndarray) -> np.ndarray:
    near, far = _roots(origin[:2], rays[:, :2], size[0])
    ends = np.stack([(-size[1] - origin[2]) / rays[:, 2], (size[1] - origin[2]) / rays[:, 2]])
    return _between(np.maximum(near, ends.min(axis=0)), np.minimum(far, ends.max(axis=0)))


def _roots(origin: np.ndarray, rays: np.ndarray, radius: float) -> Any:
    """Return where rays enter and leave a ball."""
    a, b, c = (rays**2).sum(axis=1), rays @ origin, origin @ origin - radius**2
    square = b**2 - a * c
    root = np.sqrt(np.maximum(square, 0.0))
    misses = square < 0
    return np.where(misses, np.inf, (-b - root) / a), np.where(misses, -np.inf, (-b + root) / a)


def _between(near: np.ndarray, far: np.ndarray) -> np.ndarray:
    """Return where a ray first meets a surface from outside."""
    return np.where((near < far) & (near > 0), near, np.inf)
