"""Ray tracing with MuJoCo Warp: one call for all environments, on a CPU or GPU, without OpenGL."""

from __future__ import annotations

from collections.abc import Sequence

import mujoco
import mujoco.batch
import mujoco_warp
import numpy as np
import warp

from spawnnet_sim.mujoco.layout import Layout
from spawnnet_sim.mujoco.model import NUM_PATTERNS, build_model
from spawnnet_sim.mujoco.rendering.processes import check_process
from spawnnet_sim.physics.physics import MAX_DEPTH, Images
from spawnnet_sim.physics.scene import Scene

# Fields of the model in which environments differ, and their types on the device.
_ENV_FIELDS = {
    "geom_size": warp.vec3,
    "geom_rgba": warp.vec4,
    "geom_matid": int,
    "mat_rgba": warp.vec4,
    "mat_texrepeat": warp.vec2,
    "light_diffuse": warp.vec3,
}
# Poses that are copied from the batch before each image, and their types on the device.
_POSES = {
    "geom_xpos": warp.vec3,
    "geom_xmat": warp.mat33,
    "cam_xpos": warp.vec3,
    "cam_xmat": warp.mat33,
    "light_xpos": warp.vec3,
    "light_xdir": warp.vec3,
}


class RayRenderer:
    """Draws all environments in one kernel launch.

    The first image compiles the kernel, which takes some seconds; the result is cached on disk.

    Args:
        batch: The simulated environments.
        models: The environments' models, of one layout.
        layout: Their common layout.
        scene: What is simulated.
    """

    name = "warp"

    def __init__(
        self,
        batch: mujoco.batch.Batch,
        models: Sequence[mujoco.MjModel],
        layout: Layout,
        scene: Scene,
    ) -> None:
        warp.config.quiet = True  # type: ignore[attr-defined]
        height, width = scene.image_size
        self._shape = (len(models), len(scene.views), height, width)
        distinct = {id(cabinet): cabinet for cabinet in scene.cabinets}
        # Has the textures and meshes of all cabinets, in the order of `distinct`.
        host = build_model(scene, layout, list(distinct.values()))
        self._model = mujoco_warp.put_model(host)
        self._envs = models
        self._kinds = [list(distinct).index(id(cabinet)) for cabinet in scene.cabinets]
        self._num_patterns = NUM_PATTERNS if scene.randomization.textures else 0
        self.refresh()
        self._data = mujoco_warp.make_data(host, nworld=len(models))
        # Bound now: what is bound after a call on the batch reads zero until the next one.
        self._poses = {field: batch.bind(field) for field in _POSES}
        self._context = mujoco_warp.create_render_context(
            host, nworld=len(models), cam_res=(width, height), render_rgb=True, render_depth=True,
            use_shadows=False,
        )  # fmt: skip

    def refresh(self) -> None:
        """Take over how the environments' models look now."""
        for field, dtype in _ENV_FIELDS.items():
            values = np.stack([getattr(model, field) for model in self._envs])
            setattr(self._model, field, warp.array(values, dtype=dtype))
        textures, meshes = _ids_in_host(self._envs, self._kinds, self._num_patterns)
        self._model.mat_texid = warp.array(textures, dtype=int)
        self._model.geom_dataid = warp.array(meshes, dtype=int)

    def render(self) -> Images:
        """Draw the batch's current state.

        Raises:
            RuntimeError: In a process that was forked from the one that made this.
        """
        check_process()
        for field, poses in self._poses.items():
            getattr(self._data, field).assign(warp.array(poses, dtype=_POSES[field]))
        mujoco_warp.refit_bvh(self._model, self._data, self._context)
        mujoco_warp.render(self._model, self._data, self._context)
        return Images(self._rgb(), self._depth())

    def close(self) -> None:
        """Nothing to free: memory goes with the object."""

    def _rgb(self) -> np.ndarray:
        packed = self._context.rgb_data.numpy().reshape(self._shape)  # 0xAARRGGBB
        return np.stack([packed >> shift for shift in (16, 8, 0)], axis=2).astype(np.uint8)

    def _depth(self) -> np.ndarray:
        metres = self._context.depth_data.numpy().reshape(self._shape)
        seen = (metres > 0) & (metres < MAX_DEPTH)  # a ray that hits nothing reads 0
        return np.where(seen, metres, MAX_DEPTH).astype(np.float32)[:, :, None]


def _ids_in_host(
    models: Sequence[mujoco.MjModel], kinds: Sequence[int], num_patterns: int
) -> tuple[np.ndarray, np.ndarray]:
    """Return each environment's own textures and meshes among those of all cabinets; -1 stays -1.

    Args:
        models: One per environment.
        kinds: Number of each environment's cabinet in the host's order.
        num_patterns: Textures that all models and the host begin with.

    Returns:
        `(N, materials, roles)` textures and `(N, geoms)` meshes.
    """
    of_kind = dict(zip(kinds, models, strict=True))
    shared = np.array([num_patterns, 0])
    counts = np.array([(of_kind[kind].ntex, of_kind[kind].nmesh) for kind in range(len(of_kind))])
    counts -= shared
    first = np.cumsum(counts, axis=0) - counts  # of each cabinet

    def shift(ids: np.ndarray, offset: int, shared: int) -> np.ndarray:
        return np.where(ids >= shared, ids + offset, ids)

    envs = list(zip(models, first[kinds], strict=True))
    return (
        np.stack([shift(model.mat_texid, offset[0], shared[0]) for model, offset in envs]),
        np.stack([shift(model.geom_dataid, offset[1], shared[1]) for model, offset in envs]),
    )
