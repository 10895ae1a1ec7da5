"""The expert of the original release, which labels states as all others do."""

from __future__ import annotations

from pathlib import Path
from typing import final

import torch

from spawnnet_sim.experts.original.clouds import CabinetClouds, Float32, finger_points
from spawnnet_sim.experts.original.observation import observe
from spawnnet_sim.experts.original.policy_network import PolicyNetwork
from spawnnet_sim.experts.original.weights import load_contact_network, load_policy
from spawnnet_sim.physics.robot_spec import RobotSpec
from spawnnet_sim.tasks.state import State


@final
class OriginalExpert:
    """Mean actions of the network that the original release trained.

    Args:
        robot: The robot whose state it reads.
        policy: Its network.
        clouds: Points of cabinets, with where contact is likely.
        fingers: `(2, 32, 3)` m, points of the left and the right finger in their frames.
    """

    def __init__(
        self, robot: RobotSpec, policy: PolicyNetwork, clouds: CabinetClouds, fingers: Float32
    ) -> None:
        self._robot, self._policy = robot, policy
        self._clouds, self._fingers = clouds, fingers

    def act(self, state: State) -> Float32:
        """Return actions `(N, 11)` in [-1, 1] for states of N environments.

        Raises:
            ConfigurationError: If a cabinet has no point cloud, or a broken one.
        """
        cabinets = self._clouds.points(state.cabinets)
        observation = torch.from_numpy(observe(self._robot, state, cabinets, self._fingers))
        device = next(self._policy.parameters()).device
        with torch.inference_mode():
            actions: Float32 = self._policy(observation.to(device)).clamp(-1.0, 1.0).cpu().numpy()
        return actions


def load_original_expert(model: Path, robot: RobotSpec, folder: Path | None) -> OriginalExpert:
    """Load an expert; its networks are on the GPU where torch finds one.

    Args:
        model: File of its policy, such as `.../open_door/model_16400.pt`; that of its contact
            network lies beside it.
        robot: The robot it shall move.
        folder: Of cabinets, in or above which clouds of the fingers are looked for.

    Raises:
        ConfigurationError: If a file is broken, or holds something else.
    """
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    policy, contact = load_policy(model).to(device), load_contact_network(model).to(device)
    return OriginalExpert(robot, policy, CabinetClouds(contact), finger_points(robot, folder))
