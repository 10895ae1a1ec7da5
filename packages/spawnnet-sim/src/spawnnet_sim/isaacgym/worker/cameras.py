"""Cameras whose images stay on the GPU until all of them are read."""

from typing import Any, Dict, List, Sequence

import numpy as np
from isaacgym import gymapi, gymtorch
from refusals import RefusalError
from world import Cell, pose

import torch

MAX_DEPTH = 2.0  # m; farther surfaces and the sky read as this
FORMS = ("own", "running")
CURE = (
    "Isaac Gym gives no images: CUDA and graphics device must be one GPU, and CUDA_VISIBLE_DEVICES"
    " renumbers only the former; `spawnnet-sim doctor --engine isaacgym` lists both."
)


class Cameras:
    """The sensors of all environments, and one more that looks down at the bare floor.

    The library is said to count handles in one of two ways: a camera's image is found with its own
    environment and handle, or with environment 0 and the number of cameras made before it.

    Args:
        gym: The library.
        sim: The simulation, not yet prepared.
        cells: The environments.
        described: `views` with `fov`, `position` and `quaternion` each, `image_size` `(H, W)`, and
            `floor_view`.
    """

    def __init__(self, gym: Any, sim: Any, cells: List[Cell], described: Dict[str, Any]) -> None:
        self._gym, self._sim, self._cells = gym, sim, cells
        self._views, self._size = described["views"], described["image_size"]
        made = [(cell.env, view) for cell in cells for view in self._views]
        made.append((cells[0].env, described["floor_view"]))
        self._handles = [self._create(env, view) for env, view in made]
        self._envs = [env for env, _ in made]
        self._colours, self._depths = [], []  # type: List[Any], List[Any]
        self._factors = torch.ones(len(self._views), 1, *self._size)

    def take(self, form: str) -> bool:
        """Take the tensors of all images, once the simulation is prepared.

        Args:
            form: One of `FORMS`.

        Returns:
            Whether there are any.
        """
        own = form == "own"
        places = [
            (self._envs[number] if own else self._envs[0], handle if own else number)
            for number, handle in enumerate(self._handles)
        ]
        self._colours = [self._tensor(*place, gymapi.IMAGE_COLOR) for place in places]
        self._depths = [self._tensor(*place, gymapi.IMAGE_DEPTH) for place in places]
        return all(tensor is not None for tensor in self._colours + self._depths)

    def move(self, poses: np.ndarray, moved: Sequence[int]) -> None:
        """Put cameras of some views somewhere else.

        Args:
            poses: `(N, V, 7)` positions (m) and quaternions (x, y, z, w).
            moved: Numbers of the views.
        """
        for number, cell in enumerate(self._cells):
            for view in moved:
                values = poses[number, view].tolist()
                place = {"position": values[:3], "quaternion": values[3:]}
                handle = self._handles[number * len(self._views) + view]
                self._gym.set_camera_transform(handle, cell.env, pose(place))

    def draw(self) -> None:
        """Draw all images; they can be read until `release`."""
        self._gym.step_graphics(self._sim)
        self._gym.render_all_camera_sensors(self._sim)
        self._gym.start_access_image_tensors(self._sim)

    def release(self) -> None:
        """End what `draw` began."""
        self._gym.end_access_image_tensors(self._sim)

    def centres(self) -> np.ndarray:
        """Return the colours in the middle of all images, `(N, V, 3)`, between draw and release."""
        height, width = self._size
        middle = [colour[height // 2, width // 2, :3] for colour in self._colours[:-1]]
        return torch.stack(middle).cpu().numpy().reshape(len(self._cells), len(self._views), 3)

    def floor(self) -> np.ndarray:
        """Return the distances `(h, w)` that the camera over the floor sees, m."""
        return -self._depths[-1].cpu().numpy()

    def scale(self, factors: np.ndarray) -> None:
        """Multiply depth by `(V, 1, H, W)` from now on."""
        self._factors = torch.as_tensor(factors, dtype=torch.float32)

    def read(self, rgb: np.ndarray, depth: np.ndarray) -> None:
        """Draw, and write `(N, V, 3, H, W)` uint8 and `(N, V, 1, H, W)` float32 metres."""
        self.draw()
        colours = torch.stack(self._colours[:-1])[..., :3].permute(0, 3, 1, 2)  # (N V, 3, H, W)
        rgb[:] = colours.cpu().numpy().reshape(rgb.shape)
        distances = -torch.stack(self._depths[:-1]).cpu().reshape(depth.shape)
        self.release()
        metres = distances * self._factors  # (N, V, 1, H, W)
        is_seen = (metres > 0) & (metres < MAX_DEPTH)  # false for the sky, which is infinite
        depth[:] = torch.where(is_seen, metres, torch.full_like(metres, MAX_DEPTH)).numpy()

    def _create(self, env: Any, view: Dict[str, Any]) -> int:
        properties = gymapi.CameraProperties()
        properties.horizontal_fov = view["fov"]
        properties.height, properties.width = view.get("image_size", self._size)
        properties.enable_tensors = True
        handle = self._gym.create_camera_sensor(env, properties)
        if handle == gymapi.INVALID_HANDLE:
            raise RefusalError("graphics_device", CURE)
        self._gym.set_camera_transform(handle, env, pose(view))
        return handle

    def _tensor(self, env: Any, handle: int, kind: Any) -> Any:
        tensor = self._gym.get_camera_image_gpu_tensor(self._sim, env, handle, kind)
        return None if tensor is None else gymtorch.wrap_tensor(tensor)
