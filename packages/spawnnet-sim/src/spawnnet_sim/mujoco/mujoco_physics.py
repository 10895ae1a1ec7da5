"""The environments in MuJoCo: stepped as one batch on all cores, drawn by one renderer."""

from __future__ import annotations

from typing import Any

import mujoco
import mujoco.batch
import numpy as np
from numpy.typing import NDArray

from spawnnet_sim.mujoco.layout import Layout, common_layout
from spawnnet_sim.mujoco.model import PART, build_model, timestep
from spawnnet_sim.mujoco.rendering import Renderer, create_renderer
from spawnnet_sim.mujoco.variation import Variations
from spawnnet_sim.mujoco.window import Window
from spawnnet_sim.physics.physics import Array, Images, PhysicsState, Seeds, Snapshot
from spawnnet_sim.physics.randomization import NO_RANDOMIZATION
from spawnnet_sim.physics.scene import Scene

_STAGE = mujoco.mjtStage.mjSTAGE_VEL.value  # poses and velocities are current after a step
_SNAPSHOT = ("qpos", "qvel", "qacc_warmstart", "ctrl", "time")


class MujocoPhysics:
    """`Physics` on MuJoCo's C engine.

    Args:
        scene: What is simulated.
        renderer: `auto`, `egl`, `osmesa` or `warp`.
        layout: Room for solids; by default the smallest with room for the cabinets.
    """

    def __init__(
        self, scene: Scene, *, renderer: str = "auto", layout: Layout | None = None
    ) -> None:
        self.scene, self._robot = scene, scene.robot
        self._substeps = round(scene.control_timestep / timestep(scene))
        layout = common_layout(scene.cabinets) if layout is None else layout
        models = [build_model(scene, layout, [cabinet]) for cabinet in scene.cabinets]
        self._batch = mujoco.batch.Batch(models[0], nsim=scene.num_envs)
        self._batch.set_models(models)
        self._bind(models[0])
        self._seeds = np.zeros(scene.num_envs, np.int64)
        is_varied = scene.randomization != NO_RANDOMIZATION
        self._variations = Variations(scene, models) if is_varied else None
        self._renderer: Renderer = create_renderer(renderer, self._batch, models, layout, scene)
        self._batch.reset()
        self._window: Window | None = None

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
        self._vary(envs, np.zeros(self.scene.num_envs, np.int64) if seeds is None else seeds)
        self._batch.reset(envs, stage=mujoco.mjtStage.mjSTAGE_NONE.value)
        driven = self._robot.driven
        self._qpos[envs, : self._robot.num_joints] = joint_positions[envs]
        self._ctrl[envs, driven] = joint_positions[envs, driven]
        self._batch.forward(envs, stage=_STAGE)

    def step(self, targets: Array, efforts: Array) -> None:
        """Advance all environments by one control step."""
        self._ctrl[:, self._robot.driven] = targets
        self._ctrl[:, self._robot.effort_driven] = efforts
        self._batch.step(nstep=self._substeps, stage=_STAGE)

    def state(self) -> PhysicsState:
        """Return the current state."""
        N, joints = self.scene.num_envs, self._robot.num_joints  # the cabinet's joint comes last
        return PhysicsState(
            joint_positions=self._qpos[:, :joints].copy(),
            joint_velocities=self._qvel[:, :joints].copy(),
            targets=self._ctrl[:, self._robot.driven].copy(),
            efforts=self._ctrl[:, self._robot.effort_driven].copy(),
            link_positions=self._xpos[:, self._links],
            link_rotations=self._xmat[:, self._links].reshape(N, -1, 3, 3),  # (N, L, 3, 3)
            hand_velocity=self._velocity(self._links[self._robot.hand_index]),
            part_position=self._qpos[:, joints].copy(),
            part_velocity=self._qvel[:, joints].copy(),
            part_link_position=self._xpos[:, self._part].copy(),
            part_link_rotation=self._xmat[:, self._part].reshape(N, 3, 3).copy(),
        )

    def render(self) -> Images:
        """Return what every camera sees now."""
        return self._renderer.render()

    def show(self) -> None:
        """Show the first environment in MuJoCo's viewer."""
        if self._window is None:
            self._window = Window(self._batch.models[0])
        self._window.show(self._qpos[0])

    def snapshot(self) -> Snapshot:
        """Return what decides the future of the environments, `(N, K)`."""
        arrays = [self._seeds, *(self._batch.bind(name) for name in _SNAPSHOT)]
        rows = [np.array(array).reshape(self.scene.num_envs, -1) for array in arrays]
        return np.concatenate([row.view(np.uint8) for row in rows], axis=1)

    def restore(self, snapshot: Snapshot) -> None:
        """Continue from a snapshot of the same scene, bit for bit."""
        seeds, rest = snapshot[:, : self._seeds.itemsize], snapshot[:, self._seeds.itemsize :]
        self._vary(np.arange(self.scene.num_envs), _numbers(seeds, self._seeds)[:, 0])
        for name in _SNAPSHOT:
            array = self._batch.bind(name)
            width = array.nbytes // self.scene.num_envs
            array[...] = _numbers(rest[:, :width], array).reshape(array.shape)
            rest = rest[:, width:]
        self._batch.forward(stage=_STAGE)

    def close(self) -> None:
        """Free the renderer and the window; closing twice is allowed."""
        self._renderer.close()
        if self._window is not None:
            self._window.close()
            self._window = None

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
        self._links = np.array([model.body(name).id for name in self._robot.link_names])
        self._part = model.body(PART).id
        self._root = model.body("root").id

    def _velocity(self, body: int) -> Array:
        """Return linear and angular velocity of a body's origin, `(N, 6)`.

        MuJoCo keeps spatial velocities about the centre of mass of the whole kinematic tree.
        """
        angular, linear = self._cvel[:, body, :3], self._cvel[:, body, 3:]
        offset = self._xpos[:, body] - self._subtree_com[:, self._root]
        return np.concatenate([linear + np.cross(angular, offset), angular], axis=1)


def _numbers(columns: Snapshot, like: NDArray[Any]) -> NDArray[Any]:
    """Return bytes `(N, k)` as numbers of the type of an array, `(N, k / size)`."""
    return np.ascontiguousarray(columns).view(like.dtype)
