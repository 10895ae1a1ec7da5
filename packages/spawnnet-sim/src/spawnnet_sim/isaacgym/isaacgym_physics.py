"""The environments in Isaac Gym: a worker simulates and draws, its results lie in shared memory."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spawnnet_sim.errors import ConfigurationError
from spawnnet_sim.isaacgym.config import IsaacGymConfig
from spawnnet_sim.isaacgym.description import Description, describe
from spawnnet_sim.isaacgym.devices import Devices, find_devices
from spawnnet_sim.isaacgym.mounts import camera_poses
from spawnnet_sim.isaacgym.python import Python, check_python
from spawnnet_sim.isaacgym.state import read_state
from spawnnet_sim.isaacgym.worker_process import WorkerProcess
from spawnnet_sim.physics.ball import PARKED, ball_position
from spawnnet_sim.physics.physics import Array, Images, PhysicsState, Seeds, Snapshot
from spawnnet_sim.physics.randomization import streams
from spawnnet_sim.physics.scene import Scene
from spawnnet_sim.physics.shared_arrays import Field, SharedArrays

PARTIAL = (
    "Isaac Gym resets all environments at once: poses and images are right only after a step, which"
    " all of them make; got a mask with {reset} of {all}."
)
_SNAPSHOT = ("dof", "targets", "efforts", "place/ball")


class IsaacGymPhysics:
    """`Physics` on Isaac Gym Preview 4.

    Args:
        scene: What is simulated.
        config: Where and how.

    Raises:
        ConfigurationError: If the Python, a device or a file is missing, or the library refuses.
        WorkerError: If the worker fails, dies or hangs.
    """

    renderer = "isaacgym"

    def __init__(self, scene: Scene, config: IsaacGymConfig) -> None:
        self.scene, self._config = scene, config
        python, devices = check_python(config.python), find_devices(config)
        described = describe(scene, config, devices)
        self._signs = np.array([cabinet.sign for cabinet in described.cabinets])
        self._shared = SharedArrays(shared_fields(scene))
        self._arrays = self._shared.views()
        self._worker = WorkerProcess(
            config.python,
            self._shared.descriptor,
            worker_environment(os.environ, python, devices),
            config.timeout,
        )
        try:
            self.facts = self._start(described)
        except BaseException:
            self.close()
            raise

    def reset(
        self, mask: NDArray[np.bool_], joint_positions: Array, seeds: Seeds | None = None
    ) -> None:
        """Close all cabinets and put all robots at rest.

        Raises:
            ConfigurationError: If the mask leaves some environments out.
            WorkerError: If the worker fails, dies or hangs.
        """
        count = int(np.count_nonzero(mask))
        if not count:
            return
        if count < self.scene.num_envs:
            message = PARTIAL.format(reset=count, all=self.scene.num_envs)
            raise ConfigurationError("reset_mask", message)
        arrays, driven = self._arrays, self.scene.robot.driven
        arrays["place/dof"][:] = 0.0
        arrays["place/dof"][:, :-1, 0] = joint_positions
        arrays["place/ball"][:] = self._balls(np.zeros(count, np.int64) if seeds is None else seeds)
        arrays["efforts"][:] = 0.0
        if not self._config.original_targets:
            arrays["targets"][:] = joint_positions[:, driven]
        self._ask("place", exact=not self._config.original_targets)

    def step(self, targets: Array, efforts: Array) -> None:
        """Advance all environments by one control step."""
        self._arrays["targets"][:] = targets
        self._arrays["efforts"][:] = efforts
        self._ask("step")

    def state(self) -> PhysicsState:
        """Return the current state."""
        return read_state(self.scene.robot, self.scene.cabinets, self._signs, self._arrays)

    def render(self) -> Images:
        """Return what every camera sees now."""
        if self.scene.views:
            self._arrays["cameras"][:] = camera_poses(self.scene, self.state())
            self._ask("render")
        return Images(self._arrays["rgb"].copy(), self._arrays["depth"].copy())

    def snapshot(self) -> Snapshot:
        """Return what decides the future of the environments, up to what contacts remember."""
        rows = [self._arrays[name].reshape(self.scene.num_envs, -1) for name in _SNAPSHOT]
        return np.concatenate([np.ascontiguousarray(row).view(np.uint8) for row in rows], axis=1)

    def restore(self, snapshot: Snapshot) -> None:
        """Continue from a snapshot of the same scene, nearly as before."""
        rest = snapshot
        for name in _SNAPSHOT:
            target = self._arrays["place/dof" if name == "dof" else name]
            width = target[0].nbytes
            target[...] = np.ascontiguousarray(rest[:, :width]).view("f4").reshape(target.shape)
            rest = rest[:, width:]
        self._ask("place", exact=True)

    def close(self) -> None:
        """End the worker; closing twice is allowed."""
        self._worker.close()
        self._shared.close()

    def _start(self, described: Description) -> dict[str, Any]:
        """Let the worker build the environments, and return what it found out."""
        limit = self._config.start_timeout
        versions = self._worker.ask("load", limit)
        memory = {"size": self._shared.size, "fields": self._shared.layout()}
        facts = self._worker.ask("create", limit, description=described.message, **memory)
        self._arrays["targets"][:] = 0.0  # as the original begins; a reset sets them otherwise
        return {**versions, **facts}

    def _ask(self, command: str, **arguments: Any) -> None:
        self._worker.ask(command, self._config.timeout, **arguments)

    def _balls(self, seeds: Seeds) -> Array:
        """Return where the balls are in the episodes of seeds, `(N, 3)`."""
        if not self.scene.randomization.ball:
            return np.tile(PARKED, (len(seeds), 1))
        rngs = [streams(int(seed))["ball"] for seed in seeds]
        return np.stack([ball_position(rng, self.scene, env) for env, rng in enumerate(rngs)])


def worker_environment(own: Mapping[str, str], python: Python, devices: Devices) -> dict[str, str]:
    """Return the worker's environment variables.

    The library is linked with that Python's shared one, which must be found before it starts.
    """
    paths = [str(python.prefix / "lib"), own.get("LD_LIBRARY_PATH", "")]
    changed = {**own, "LD_LIBRARY_PATH": os.pathsep.join(filter(None, paths))}
    changed.pop("PYTHONHOME", None)
    if devices.visible is not None:
        changed["CUDA_VISIBLE_DEVICES"] = devices.visible
    return changed


def shared_fields(scene: Scene) -> dict[str, Field]:
    """Return what the worker and this process share."""
    N, V, robot = scene.num_envs, len(scene.views), scene.robot
    return {
        "targets": Field((N, robot.num_driven), np.float32),
        "efforts": Field((N, len(robot.fingers)), np.float32),
        "dof": Field((N, robot.num_joints + 1, 2), np.float32),
        "bodies": Field((N, len(robot.links) + 1, 13), np.float32),
        "place/dof": Field((N, robot.num_joints + 1, 2), np.float32),
        "place/ball": Field((N, 3), np.float32),
        "cameras": Field((N, V, 7), np.float64),
        "rgb": Field((N, V, 3, *scene.image_size), np.uint8),
        "depth": Field((N, V, 1, *scene.image_size), np.float32),
    }
