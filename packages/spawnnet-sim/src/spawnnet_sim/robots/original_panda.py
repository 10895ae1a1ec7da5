"""The robot as the original release drives and places it.

It differs from `PANDA` in the drives of base and fingers, in where it stands, and in how it starts:
hand pointing down, fingers open. Efforts and gains are the original's, but for the fingers' inertia
and damping, without which they bounce off handles here. Its slides are so weak that the whole arm
sways on them for seconds, which control has to damp.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from spawnnet_sim.physics.robot_spec import RobotSpec
from spawnnet_sim.robots.panda import ARM_GAINS, PANDA

BRAKE = 0.2  # seconds; the slides hardly damp the swaying of the whole arm
_FINGER = {"effort": 100.0}
_CHANGES: dict[str, dict[str, Any]] = {
    "slide": {"effort": 100.0, "gains": ARM_GAINS, "speed": 1.0, "brake": BRAKE},
    "base": {"effort": 50.0, "gains": ARM_GAINS, "speed": 0.3, "brake": BRAKE},
    "left_finger": _FINGER,
    "right_finger": _FINGER,
}
START_SHARE = 0.3  # of the sum of a joint's limits
START_SPREAD = 0.01 / 3  # rad or m: one step of actions within 0.01 precedes an episode there


def original_panda(height: float) -> RobotSpec:
    """Return the robot with its root at some height above the floor, metres."""
    robot = replace(
        PANDA,
        links=tuple(replace(link, **_CHANGES.get(link.name, {})) for link in PANDA.links),
        root_position=(0.6, 0.0, height),
    )
    start = START_SHARE * (robot.lower + robot.upper)
    start[robot.effort_driven] = robot.upper[robot.effort_driven]
    spread = [START_SPREAD] * robot.num_driven + [0.0] * len(robot.fingers)
    return replace(robot, start_pose=tuple(start.tolist()), start_spread=tuple(spread))
