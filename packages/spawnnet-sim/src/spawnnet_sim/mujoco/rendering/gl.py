"""OpenGL rendering through EGL or OSMesa: RGB and depth from one pass per image.

Drawing in software takes two steps, on two cores if they are free: the calling thread transforms
corners, then Mesa's threads fill triangles. So all environments are drawn before the first is read
back: while one is being filled, the next is transformed. What a camera does not see is not drawn.
"""

from __future__ import annotations

import importlib
import importlib.util
import os
import sys
from collections.abc import Sequence

import mujoco
import mujoco.batch
import numpy as np
from numpy.typing import NDArray

from spawnnet_sim.mujoco.model import HIDDEN, NOTHING
from spawnnet_sim.mujoco.rendering.processes import check_process
from spawnnet_sim.physics.physics import MAX_DEPTH, Images
from spawnnet_sim.physics.scene import Scene

_FLAGS_OFF = (mujoco.mjtRndFlag.mjRND_SHADOW, mujoco.mjtRndFlag.mjRND_REFLECTION)
# Poses that are copied from the batch before each image.
_POSES = ("geom_xpos", "geom_xmat", "cam_xpos", "cam_xmat", "light_xpos", "light_xdir")


class GLRenderer:
    """Draws environments one after another in one OpenGL context.

    Args:
        name: `egl` or `osmesa`.
        batch: The simulated environments.
        models: One per environment.
        scene: What is simulated.
    """

    def __init__(
        self,
        name: str,
        batch: mujoco.batch.Batch,
        models: Sequence[mujoco.MjModel],
        scene: Scene,
    ) -> None:
        _import_triton()
        height, width = scene.image_size
        self.name = name
        self._envs: list[_Drawing] = []
        self._owner = os.getpid()
        # Bound now: what is bound after a call on the batch reads zero until the next one.
        self._poses = {field: batch.bind(field) for field in _POSES}
        self._gl = importlib.import_module(f"mujoco.{name}").GLContext(width, height)
        self._gl.make_current()
        self._envs = [_Drawing(model, scene.image_size) for model in models]
        self._cameras = [models[0].camera(name).id for name in scene.views]
        self._rgb = np.empty((len(models), height, width, 3), np.uint8)
        self._depth = np.empty((len(models), height, width), np.float32)
        self._radius = np.stack([model.geom_rbound for model in models])
        self._is_speck = np.stack([model.geom_contype == NOTHING for model in models])
        near, far = models[0].vis.map.znear, models[0].vis.map.zfar
        self._range = near * models[0].stat.extent, far * models[0].stat.extent

    def refresh(self) -> None:
        """Nothing to take over: the environments' models themselves are drawn."""

    def render(self) -> Images:
        """Draw the batch's current state.

        Raises:
            RuntimeError: In a process that was forked from the one that made this.
        """
        check_process()
        self._gl.make_current()
        for number, env in enumerate(self._envs):
            env.move({field: poses[number] for field, poses in self._poses.items()})
        N, height, width = self._depth.shape
        rgb = np.empty((N, len(self._cameras), 3, height, width), np.uint8)
        depth = np.empty((N, len(self._cameras), 1, height, width), np.float32)
        for view, camera in enumerate(self._cameras):
            for env, is_seen in zip(self._envs, self._seen(camera), strict=True):
                env.draw(camera, is_seen)
            for number, env in enumerate(self._envs):
                env.read(self._rgb[number], self._depth[number])
            rgb[:, view] = self._rgb[:, ::-1].transpose(0, 3, 1, 2)  # the first row is the lowest
            depth[:, view, 0] = self._metres(self._depth[:, ::-1])
        return Images(rgb, depth)

    def close(self) -> None:
        """Free the OpenGL context; closing twice is allowed."""
        if self._envs:
            self._gl.make_current()
            for env in self._envs:
                env.context.free()
            self._envs = []
            self._gl.free()

    def __del__(self) -> None:
        # MuJoCo's destructors would free textures of whichever renderer is current by then.
        if not sys.is_finalizing() and os.getpid() == self._owner:
            self.close()

    def _seen(self, camera: int) -> NDArray[np.bool_]:
        """Return which geoms may show in a camera's images, `(N, geoms)`: by their spheres."""
        fov = np.array([env.model.cam_fovy[camera] for env in self._envs])
        upwards = np.tan(np.radians(fov) / 2)
        sidewards = upwards * self._depth.shape[2] / self._depth.shape[1]
        axes = self._poses["cam_xmat"][:, camera].reshape(-1, 3, 3)
        offset = self._poses["geom_xpos"] - self._poses["cam_xpos"][:, None, camera]
        x, y, z = np.moveaxis(offset @ axes, 2, 0)  # the camera looks along -z
        # Distances outside the four sides of the field of view, whose tangents are given.
        beside = [
            (np.abs(across) + slope[:, None] * z) / np.hypot(1.0, slope)[:, None]
            for across, slope in ((x, sidewards), (y, upwards))
        ]
        is_near = np.maximum.reduce([*beside, z]) <= self._radius
        has_no_sphere = self._radius == 0  # a plane
        seen: NDArray[np.bool_] = ~self._is_speck & (is_near | has_no_sphere)
        return seen

    def _metres(self, buffer: NDArray[np.float32]) -> NDArray[np.float32]:
        """Undo the projection of the depth buffer, for distances along the optical axis."""
        near, far = self._range
        metres: NDArray[np.float32] = near * far / (near + buffer * (far - near))
        return np.minimum(metres, MAX_DEPTH)


class _Drawing:
    """The visible geometry of one environment, with textures and an image buffer in OpenGL."""

    def __init__(self, model: mujoco.MjModel, image_size: tuple[int, int]) -> None:
        height, width = image_size
        self.model, self._data = model, mujoco.MjData(model)
        model.vis.global_.offheight, model.vis.global_.offwidth = height, width
        self.context = mujoco.MjrContext(model, mujoco.mjtFontScale.mjFONTSCALE_100)
        # Depth that is dense near the camera: 1 at the near plane, 0 far away.
        self.context.readDepthMap = mujoco.mjtDepthMap.mjDEPTH_ZEROFAR
        self._scene = mujoco.MjvScene(model, maxgeom=model.ngeom + 8)
        for flag in _FLAGS_OFF:
            self._scene.flags[flag] = False
        self._groups = model.geom_group.copy()
        self._option = mujoco.MjvOption()
        self._camera = mujoco.MjvCamera()
        self._camera.type = mujoco.mjtCamera.mjCAMERA_FIXED
        self._viewport = mujoco.MjrRect(0, 0, width, height)

    def move(self, poses: dict[str, NDArray[np.float64]]) -> None:
        """Take over the poses of geoms, cameras and lights."""
        for field, pose in poses.items():
            getattr(self._data, field)[:] = pose

    def draw(self, camera: int, is_seen: NDArray[np.bool_]) -> None:
        """Start drawing what a camera sees of the geoms `(geoms,)`."""
        self.model.geom_group = np.where(is_seen, self._groups, HIDDEN)
        self._camera.fixedcamid = camera
        mujoco.mjv_updateScene(
            self.model, self._data, self._option, None, self._camera,
            mujoco.mjtCatBit.mjCAT_ALL, self._scene,
        )  # fmt: skip
        mujoco.mjr_setBuffer(mujoco.mjtFramebuffer.mjFB_OFFSCREEN, self.context)
        mujoco.mjr_render(self._viewport, self._scene, self.context)

    def read(self, rgb: NDArray[np.uint8], depth: NDArray[np.float32]) -> None:
        """Wait for the image and copy it, its lowest row first."""
        mujoco.mjr_setBuffer(mujoco.mjtFramebuffer.mjFB_OFFSCREEN, self.context)
        mujoco.mjr_readPixels(rgb, depth, self._viewport, self.context)


def _import_triton() -> None:
    """Import Triton, which torch imports late, before Mesa's software driver is loaded.

    Both bring LLVM. If Mesa's is loaded first, importing Triton ends in a segmentation fault.
    """
    if importlib.util.find_spec("triton") is not None:
        importlib.import_module("triton")
