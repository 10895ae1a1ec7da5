"""OpenGL rendering through EGL or OSMesa: RGB and depth from one pass per image."""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Sequence

import mujoco
import mujoco.batch
import numpy as np
from numpy.typing import NDArray

from spawnnet_sim.physics import MAX_DEPTH, Images

_FLAGS_OFF = (mujoco.mjtRndFlag.mjRND_SHADOW, mujoco.mjtRndFlag.mjRND_REFLECTION)


class GLRenderer:
    """Draws cells one after another in one OpenGL context.

    Args:
        name: `egl` or `osmesa`.
        batch: The simulated cells.
        models: One per cell.
        cameras: Names of the cameras.
        image_size: `(H, W)` pixels.
    """

    def __init__(
        self,
        name: str,
        batch: mujoco.batch.Batch,
        models: Sequence[mujoco.MjModel],
        cameras: Sequence[str],
        image_size: tuple[int, int],
    ) -> None:
        _import_triton()
        height, width = image_size
        self.name = name
        self._positions = batch.bind("qpos")
        self._gl = importlib.import_module(f"mujoco.{name}").GLContext(width, height)
        self._gl.make_current()
        self._cells = [_Cell(model, cameras, image_size) for model in models]

    def render(self) -> Images:
        """Draw the batch's current state."""
        self._gl.make_current()
        images = [
            cell.render(qpos) for cell, qpos in zip(self._cells, self._positions, strict=True)
        ]
        return Images(
            np.stack([rgb for rgb, _ in images]), np.stack([depth for _, depth in images])
        )

    def close(self) -> None:
        """Free the OpenGL context; closing twice is allowed."""
        if self._cells:
            self._gl.make_current()
            for cell in self._cells:
                cell.context.free()
            self._cells = []
            self._gl.free()


class _Cell:
    """The scene of one cell, with textures and an image buffer in OpenGL."""

    def __init__(
        self, model: mujoco.MjModel, cameras: Sequence[str], image_size: tuple[int, int]
    ) -> None:
        height, width = image_size
        self._model, self._data = model, mujoco.MjData(model)
        model.vis.global_.offheight, model.vis.global_.offwidth = height, width
        self.context = mujoco.MjrContext(model, mujoco.mjtFontScale.mjFONTSCALE_100)
        # Depth that is dense near the camera: 1 at the near plane, 0 far away.
        self.context.readDepthMap = mujoco.mjtDepthMap.mjDEPTH_ZEROFAR
        self._scene = mujoco.MjvScene(model, maxgeom=model.ngeom + 8)
        for flag in _FLAGS_OFF:
            self._scene.flags[flag] = False
        self._option = mujoco.MjvOption()
        self._cameras = [_fixed_camera(model, name) for name in cameras]
        self._viewport = mujoco.MjrRect(0, 0, width, height)
        self._rgb = np.empty((height, width, 3), np.uint8)
        self._depth = np.empty((height, width), np.float32)

    def render(self, qpos: NDArray[np.float64]) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
        """Return `(V, 3, H, W)` and `(V, 1, H, W)` for the cell's generalised positions."""
        self._data.qpos[:] = qpos
        mujoco.mj_kinematics(self._model, self._data)
        mujoco.mj_comPos(self._model, self._data)
        mujoco.mj_camlight(self._model, self._data)
        mujoco.mjr_setBuffer(mujoco.mjtFramebuffer.mjFB_OFFSCREEN, self.context)
        images = [self._draw(camera) for camera in self._cameras]
        return np.stack([rgb for rgb, _ in images]), np.stack([depth for _, depth in images])

    def _draw(self, camera: mujoco.MjvCamera) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
        mujoco.mjv_updateScene(
            self._model, self._data, self._option, None, camera,
            mujoco.mjtCatBit.mjCAT_ALL, self._scene,
        )  # fmt: skip
        mujoco.mjr_render(self._viewport, self._scene, self.context)
        mujoco.mjr_readPixels(self._rgb, self._depth, self._viewport, self.context)
        rgb = self._rgb[::-1].transpose(2, 0, 1).copy()  # OpenGL's first row is the lowest
        return rgb, self._metres(self._depth[::-1])[None]

    def _metres(self, buffer: NDArray[np.float32]) -> NDArray[np.float32]:
        """Undo the projection of the depth buffer, for distances along the optical axis."""
        near = self._model.vis.map.znear * self._model.stat.extent
        far = self._model.vis.map.zfar * self._model.stat.extent
        metres: NDArray[np.float32] = near * far / (near + buffer * (far - near))
        return np.minimum(metres, MAX_DEPTH)


def _import_triton() -> None:
    """Import Triton, which torch imports late, before Mesa's software driver is loaded.

    Both bring LLVM. If Mesa's is loaded first, importing Triton ends in a segmentation fault.
    """
    if importlib.util.find_spec("triton") is not None:
        importlib.import_module("triton")


def _fixed_camera(model: mujoco.MjModel, name: str) -> mujoco.MjvCamera:
    camera = mujoco.MjvCamera()
    camera.type = mujoco.mjtCamera.mjCAMERA_FIXED
    camera.fixedcamid = model.camera(name).id
    return camera
