"""The environments in MuJoCo: stepped as one batch on all cores, drawn by one renderer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import mujoco
import mujoco.batch
import numpy as np
from numpy.typing import NDArray

from spawnnet_sim.cabinets.cabinet import CabinetSpec
from spawnnet_sim.mujoco.layout import Layout, common_layout
from spawnnet_sim.mujoco.model import PHYSICS_TIMESTEP, build_model
from spawnnet_sim.mujoco.rendering import Renderer, create_renderer
from spawnnet_sim.mujoco.variation import Variations
from spawnnet_sim.physics.physics import Array, Images, Seeds, State
from spawnnet_sim.physics.randomization import NO_RANDOMIZATION, RandomizationConfig
from spawnnet_sim.robots import panda
from spawnnet_sim.tasks.grasps import Grasps

_STAGE = mujoco.mjtStage.mjSTAGE_VEL.value  # poses and velocities are current after a step
_SNAPSHOT = ("qpos", "qvel", "qacc_warmstart", "ctrl", "time")


class MujocoPhysics:
    """`Physics` on MuJoCo's C engine.

    Args:
        cabinets: One per environment.
        cameras: Names in `CAMERAS`.
        image_size: `(H, W)` pixels.
        control_timestep: Seconds per control step, a multiple of `PHYSICS_TIMESTEP`.
        renderer: `auto`, `egl`, `osmesa` or `warp`.
        randomization: What varies between episodes.
        layout: Room for solids; by default the smallest with room for the cabinets.
    """

    def __init__(
        self,
        cabinets: Sequence[CabinetSpec],
        *,
        cameras: Sequence[str],
        image_size: tuple[int, int],
        control_timestep: float,
        renderer: str = "auto",
        randomization: RandomizationConfig = NO_RANDOMIZATION,
        layout: Layout | None = None,
    ) -> None:
        self._substeps = round(control_timestep / PHYSICS_TIMESTEP)
        self._views, self._image_size = tuple(cameras), image_size
        self._renderer_name, self._randomization = renderer, randomization
        self._build(cabinets, common_layout(cabinets) if layout is None else layout)

    def _build(self, cabinets: Sequence[CabinetSpec], layout: Layout) -> None:
        look = (layout, self._views, self._image_size, self._randomization)
        models = [build_model([cabinet], *look) for cabinet in cabinets]
        self._batch = mujoco.batch.Batch(models[0], nsim=len(cabinets))
        self._batch.set_models(models)
        self._bind(models[0])
        self._grasps = Grasps(cabinets)
        self._seeds = np.zeros(len(cabinets), np.int64)
        self._variations = (
            None
            if self._randomization == NO_RANDOMIZATION
            else Variations(self._randomization, models, cabinets)
        )
        self._renderer: Renderer = create_renderer(
            self._renderer_name, self._batch, cabinets, models, *look
        )
        self._batch.reset()

    def set_cabinets(self, cabinets: Sequence[CabinetSpec], layout: Layout | None = None) -> None:
        """Put other cabinets into the environments, which must be reset before anything else."""
        self._renderer.close()
        self._build(cabinets, common_layout(cabinets) if layout is None else layout)

    @property
    def num_envs(self) -> int:
        """N."""
        return int(self._batch.nsim)

    @property
    def renderer(self) -> str:
        """Name of what draws the images."""
        return self._renderer.name

    def reset(
        self, mask: NDArray[np.bool_], joint_positions: Array, seeds: Seeds | None = None
    ) -> None:
        """Close the cabinets of the masked environments and put their robots at rest."""
        envs = np.flatnonzero(mask)
        if not len(envs):
            return
        self._vary(envs, np.zeros(self.num_envs, np.int64) if seeds is None else seeds)
        self._batch.reset(envs, stage=mujoco.mjtStage.mjSTAGE_NONE.value)
        self._qpos[envs, : panda.NUM_JOINTS] = joint_positions[envs]
        self._ctrl[envs, : panda.NUM_DRIVEN] = joint_positions[envs, : panda.NUM_DRIVEN]
        self._batch.forward(envs, stage=_STAGE)

    def step(self, targets: Array, efforts: Array) -> None:
        """Advance all environments by one control step."""
        self._ctrl[:, : panda.NUM_DRIVEN] = targets
        self._ctrl[:, panda.NUM_DRIVEN :] = efforts
        self._batch.step(nstep=self._substeps, stage=_STAGE)

    def state(self) -> State:
        """Return the current state."""
        hand = self._links[panda.LINK_NAMES.index("hand")]
        rotations = self._xmat[:, self._part].reshape(-1, 3, 3)
        return State(
            joint_positions=self._qpos[:, : panda.NUM_JOINTS].copy(),
            joint_velocities=self._qvel[:, : panda.NUM_JOINTS].copy(),
            targets=self._ctrl[:, : panda.NUM_DRIVEN].copy(),
            link_positions=self._xpos[:, self._links],
            link_rotations=self._xmat[:, self._links].reshape(self.num_envs, -1, 3, 3),
            hand_velocity=self._velocity(hand),
            part_position=self._qpos[:, panda.NUM_JOINTS].copy(),
            part_velocity=self._qvel[:, panda.NUM_JOINTS].copy(),
            efforts=self._ctrl[:, panda.NUM_DRIVEN :].copy(),
            **self._grasps.in_env(self._xpos[:, self._part], rotations),
        )

    def render(self) -> Images:
        """Return what every camera sees now."""
        return self._renderer.render()

    def snapshot(self) -> dict[str, NDArray[Any]]:
        """Return what decides the future of the environments, `(N, ...)` each, for `restore`."""
        rows = {name: self._batch.bind(name) for name in _SNAPSHOT}
        state = {name: np.array(row).reshape(self.num_envs, -1) for name, row in rows.items()}
        return {**state, "seeds": self._seeds.copy()}

    def restore(self, snapshot: Mapping[str, NDArray[Any]]) -> None:
        """Continue from a snapshot of the same environments, bit for bit."""
        self._vary(np.arange(self.num_envs), snapshot["seeds"])
        for name in _SNAPSHOT:
            bound = self._batch.bind(name)
            bound[...] = snapshot[name].reshape(bound.shape)
        self._batch.forward(stage=_STAGE)

    def close(self) -> None:
        """Free the renderer; closing twice is allowed."""
        self._renderer.close()

    def _vary(self, envs: NDArray[np.int64], seeds: Seeds) -> None:
        """Let environments look and behave as seeds `(N,)` say."""
        self._seeds[envs] = seeds[envs]
        if self._variations is None:
            return
        for env in envs:
            self._variations.apply(int(env), int(seeds[env]))
        self._batch.set_models(self._batch.models)
        self._renderer.refresh()

    def _bind(self, model: mujoco.MjModel) -> None:
        """Bind the live arrays of the batch that are read and written."""
        bind = self._batch.bind
        self._qpos, self._qvel, self._ctrl = bind("qpos"), bind("qvel"), bind("ctrl")
        self._xpos, self._xmat = bind("xpos"), bind("xmat")
        self._cvel, self._subtree_com = bind("cvel"), bind("subtree_com")
        self._links = np.array([model.body(name).id for name in panda.LINK_NAMES])
        self._part = model.body("part").id
        self._root = model.body("root").id

    def _velocity(self, body: int) -> Array:
        """Return linear and angular velocity of a body's origin, `(N, 6)`.

        MuJoCo keeps spatial velocities about the centre of mass of the whole kinematic tree.
        """
        angular, linear = self._cvel[:, body, :3], self._cvel[:, body, 3:]
        offset = self._xpos[:, body] - self._subtree_com[:, self._root]
        return np.concatenate([linear + np.cross(angular, offset), angular], axis=1)
