"""Domain randomisation in MuJoCo: writes what the seed of an episode says into a model."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import mujoco
import numpy as np

from spawnnet_sim.mujoco.model import BALL, NUM_PATTERNS, PART
from spawnnet_sim.physics.ball import ball_position
from spawnnet_sim.physics.physics import Array
from spawnnet_sim.physics.randomization import streams
from spawnnet_sim.physics.scene import Scene

# Widths of what is drawn uniformly around what is described, at scale 1.
LAMP_TURN = 0.4  # added to each coordinate of the lamp's direction
LAMP_STRENGTH, LAMP_TINT = 0.5, 0.2  # logarithms of factors
COLOUR_SHIFT = 0.3  # added to channels in [0, 1]
CAMERA_SHIFT, CAMERA_TURN = 0.03, np.radians(3.0)  # m, rad
MOUNT_SHIFT = 0.01  # m, of cameras on the robot: farther, the hand would hide what they see
DYNAMICS, GAINS = 0.5, 0.2  # logarithms of factors
PATTERN_REPEAT = (1.0, 3.0)  # range of repetitions

_Rng = np.random.Generator

# What varies, by MuJoCo's names.
_FIELDS = (
    "light_dir", "light_diffuse", "mat_rgba", "geom_rgba", "mat_texid", "mat_texrepeat",
    "cam_pos", "cam_quat", "geom_pos", "body_mass", "body_inertia", "geom_friction",
    "dof_damping", "dof_frictionloss", "actuator_gainprm", "actuator_biasprm",
)  # fmt: skip


class _Contents(NamedTuple):
    """What an environment holds."""

    scene: Scene
    env: int


class Variations:
    """What differs between the episodes of environments.

    Args:
        scene: Cabinets and robot, and what varies by how much.
        models: One per environment, changed in place.
    """

    def __init__(self, scene: Scene, models: Sequence[mujoco.MjModel]) -> None:
        self._scene, self._models = scene, models
        self._described = [
            {field: getattr(model, field).copy() for field in _FIELDS} for model in models
        ]

    def apply(self, env: int, seed: int) -> None:
        """Make an environment look and behave as the seed of its episode says."""
        model, scene = self._models[env], self._scene
        held = _Contents(scene, env)
        for field, value in self._described[env].items():
            getattr(model, field)[:] = value
        rngs = streams(seed)
        for aspect, vary in _ASPECTS.items():
            scale = float(getattr(scene.randomization, aspect))
            if scale:
                vary(rngs[aspect], scale, model, held)


def _factors(rng: _Rng, width: float, size: int = 1) -> Array:
    """Return factors whose logarithms are uniform in [-width, width]."""
    return np.exp(width * rng.uniform(-1.0, 1.0, size))


def _vary_lights(rng: _Rng, scale: float, model: mujoco.MjModel, _: _Contents) -> None:
    direction = model.light_dir[0] + scale * rng.uniform(-LAMP_TURN, LAMP_TURN, 3)
    model.light_dir[0] = direction / np.linalg.norm(direction)
    strength = _factors(rng, scale * LAMP_STRENGTH)
    model.light_diffuse[0] *= strength * _factors(rng, scale * LAMP_TINT, 3)


def _vary_colours(rng: _Rng, scale: float, model: mujoco.MjModel, _: _Contents) -> None:
    """Shift the colours of materials, and those of robot and floor, equal ones alike."""
    is_bare = model.geom_matid < 0
    is_bare &= np.arange(model.ngeom) != _ball(model)  # it stays red
    colours, which = np.unique(model.geom_rgba[is_bare], axis=0, return_inverse=True)
    for rgba in (model.mat_rgba, colours):
        shift = scale * rng.uniform(-COLOUR_SHIFT, COLOUR_SHIFT, (len(rgba), 3))
        rgba[:, :3] = np.clip(rgba[:, :3] + shift, 0.0, 1.0)
    model.geom_rgba[is_bare] = colours[which.ravel()]


def _vary_textures(rng: _Rng, probability: float, model: mujoco.MjModel, _: _Contents) -> None:
    """Put patterns, which are the model's first textures, in the place of others."""
    role = mujoco.mjtTextureRole.mjTEXROLE_RGB
    for material in np.flatnonzero(model.mat_texid[:, role] >= 0):
        is_replaced = rng.random() < probability
        pattern, repeat = rng.integers(NUM_PATTERNS), rng.uniform(*PATTERN_REPEAT)
        if is_replaced:
            model.mat_texid[material, role] = pattern
            model.mat_texrepeat[material] = repeat


def _vary_cameras(rng: _Rng, scale: float, model: mujoco.MjModel, _: _Contents) -> None:
    for camera in range(model.ncam):
        shift = MOUNT_SHIFT if model.cam_bodyid[camera] else CAMERA_SHIFT  # 0 is the world
        model.cam_pos[camera] += scale * rng.uniform(-shift, shift, 3)
        turn = rng.uniform(-CAMERA_TURN, CAMERA_TURN, 3)
        mujoco.mju_quatIntegrate(model.cam_quat[camera], turn, scale)


def _vary_dynamics(rng: _Rng, scale: float, model: mujoco.MjModel, held: _Contents) -> None:
    part, joint, spring = model.body(PART).id, model.joint(PART), model.actuator(PART).id
    mass, damping, friction, stiffness, contact = _factors(rng, scale * DYNAMICS, 5)
    model.body_mass[part] *= mass
    model.body_inertia[part] *= mass
    model.dof_damping[joint.dofadr] *= damping
    model.dof_frictionloss[joint.dofadr] *= friction
    model.actuator_gainprm[spring] *= stiffness
    model.actuator_biasprm[spring] *= stiffness
    model.geom_friction *= contact
    gain = _factors(rng, scale * GAINS, held.scene.robot.num_driven)[:, None]
    model.actuator_gainprm[held.scene.robot.driven] *= gain
    model.actuator_biasprm[held.scene.robot.driven] *= gain
    mujoco.mj_setConst(model, mujoco.MjData(model))  # what follows from the mass


def _place_ball(rng: _Rng, _: float, model: mujoco.MjModel, held: _Contents) -> None:
    model.geom_pos[_ball(model)] = ball_position(rng, held.scene, held.env)


def _ball(model: mujoco.MjModel) -> int:
    """Return the number of the ball among the geoms; -1 without one."""
    return int(mujoco.mj_name2id(model, mujoco.mjtObj.mjOBJ_GEOM, BALL))


# By the fields of the configuration.
_ASPECTS: dict[str, Callable[[_Rng, float, mujoco.MjModel, _Contents], None]] = {
    "lights": _vary_lights,
    "colours": _vary_colours,
    "textures": _vary_textures,
    "cameras": _vary_cameras,
    "dynamics": _vary_dynamics,
    "ball": _place_ball,
}
