"""Moves robots and cabinets by the simulator's tensors, and reads where they are."""

from typing import Any, Dict, List

import numpy as np
from isaacgym import gymapi, gymtorch
from refusals import RefusalError, succeeded
from world import Cell

import torch


class Motion:
    """State and control of all environments.

    Args:
        gym: The library.
        sim: The simulation, prepared.
        cells: The environments.
        described: What was asked for.
        arrays: Memory of the parent: `dof` `(N, J + 1, 2)` and `bodies` `(N, L + 1, 13)` are
            written, the cabinet's last; `place/dof` `(N, J + 1, 2)`, `place/ball` `(N, 3)`,
            `targets` `(N, D)` and `efforts` `(N, J - D)` are read. All are float32.
    """

    def __init__(
        self,
        gym: Any,
        sim: Any,
        cells: List[Cell],
        described: Dict[str, Any],
        arrays: Dict[str, np.ndarray],
    ) -> None:
        self._gym, self._sim, self._arrays = gym, sim, arrays
        self._root = gymtorch.wrap_tensor(gym.acquire_actor_root_state_tensor(sim))
        self._dof = gymtorch.wrap_tensor(gym.acquire_dof_state_tensor(sim))
        self._bodies = gymtorch.wrap_tensor(gym.acquire_rigid_body_state_tensor(sim))
        self._refresh()
        self._find(cells, described)
        num_driven = arrays["targets"].shape[1]
        self._driven, self._pushed = self._joints[:, :num_driven], self._joints[:, num_driven:-1]
        device = self._dof.device
        # The simulator reads these until the end of the next step.
        self._targets = torch.zeros(len(self._dof), device=device)
        self._efforts = torch.zeros(len(self._dof), device=device)
        # Whether the simulator counts from each environment's origin or from its own.
        expected = torch.as_tensor(described["robot"]["position"], device=device)
        self._origins = self._root[self._robots, :3] - expected  # (N, 3)

    def step(self) -> None:
        """Advance by one control step with the parent's targets and efforts."""
        self._push(self._read("targets"), self._read("efforts"))
        self.advance()
        self.publish()

    def place(self, exact: bool) -> None:
        """Put joints, moving parts and balls where the parent says.

        Poses of links are right only after a step. With `exact` it is made at rest, with targets
        that hold every joint where it is, and the state is set again after it; otherwise it is
        made with the parent's targets, as in the original.
        """
        goal = self._read("place/dof")  # (N, J + 1, 2)
        self._set_dof(goal * self._of_positions if exact else goal)
        self._set_balls(self._read("place/ball"))
        held = goal[:, : self._driven.shape[1], 0] if exact else self._read("targets")
        self._push(held, torch.zeros_like(self._read("efforts")))
        self.advance()
        if exact:
            self._set_dof(goal)
        self.publish()

    def move_balls(self, positions: Any) -> None:
        """Put the balls somewhere, `(N, 3)` in their environments' frames, and advance."""
        device = self._dof.device
        self._set_balls(torch.as_tensor(positions, dtype=torch.float32, device=device))
        self.advance()

    def advance(self) -> None:
        """Simulate one step and take over its results."""
        self._gym.simulate(self._sim)
        self._gym.fetch_results(self._sim, True)
        self._refresh()

    def publish(self) -> None:
        """Write the state down for the parent."""
        bodies = self._bodies[self._links]  # (N, L + 1, 13)
        bodies[:, :, :3] -= self._origins[:, None]
        self._arrays["dof"][:] = self._dof[self._joints].cpu().numpy()
        self._arrays["bodies"][:] = bodies.cpu().numpy()

    def _find(self, cells: List[Cell], described: Dict[str, Any]) -> None:
        """Look up, by names, where everything lies in the tensors."""
        robot = described["robot"]
        joints, bodies = [], []
        for cell, number in zip(cells, described["cabinets"]):
            asset = described["assets"][number]
            joints.append(
                [self._joint(cell.env, cell.robot, name) for name in robot["joints"]]
                + [self._joint(cell.env, cell.cabinet, asset["joint"])]
            )
            bodies.append(
                [self._body(cell.env, cell.robot, name) for name in robot["links"]]
                + [self._body(cell.env, cell.cabinet, asset["link"])]
            )
        device = self._dof.device
        self._joints = torch.as_tensor(joints, device=device)  # (N, J + 1)
        self._links = torch.as_tensor(bodies, device=device)  # (N, L + 1)
        self._of_positions = torch.tensor([1.0, 0.0], device=device)  # of position and velocity
        numbers = np.array(
            [
                [
                    self._gym.get_actor_index(cell.env, actor, gymapi.DOMAIN_SIM)
                    for actor in cell[1:]
                ]
                for cell in cells
            ]
        )  # (N, 3): robot, cabinet, ball
        self._robots = torch.as_tensor(numbers[:, 0], device=device)
        self._balls = torch.as_tensor(numbers[:, 2], device=device)
        self._moving = torch.as_tensor(numbers[:, :2].ravel(), dtype=torch.int32, device=device)
        self._seen = self._balls.to(torch.int32)

    def _joint(self, env: Any, actor: int, name: str) -> int:
        found = self._gym.find_actor_dof_index(env, actor, name, gymapi.DOMAIN_SIM)
        return _known(found, "joint", name)

    def _body(self, env: Any, actor: int, name: str) -> int:
        found = self._gym.find_actor_rigid_body_index(env, actor, name, gymapi.DOMAIN_SIM)
        return _known(found, "link", name)

    def _read(self, name: str) -> Any:
        return torch.as_tensor(self._arrays[name].copy(), device=self._dof.device)

    def _push(self, targets: Any, efforts: Any) -> None:
        """Command the drives; the cabinet's target stays 0, a spring that pulls it shut."""
        self._targets[self._driven] = targets
        self._efforts[self._pushed] = efforts
        gym, sim = self._gym, self._sim
        result = gym.set_dof_position_target_tensor(sim, gymtorch.unwrap_tensor(self._targets))
        succeeded(result, "set_dof_position_target_tensor")
        result = gym.set_dof_actuation_force_tensor(sim, gymtorch.unwrap_tensor(self._efforts))
        succeeded(result, "set_dof_actuation_force_tensor")

    def _set_dof(self, states: Any) -> None:
        self._dof[self._joints] = states
        result = self._gym.set_dof_state_tensor_indexed(
            self._sim,
            gymtorch.unwrap_tensor(self._dof),
            gymtorch.unwrap_tensor(self._moving),
            len(self._moving),
        )
        succeeded(result, "set_dof_state_tensor_indexed")

    def _set_balls(self, positions: Any) -> None:
        self._root[self._balls, :3] = positions + self._origins
        result = self._gym.set_actor_root_state_tensor_indexed(
            self._sim,
            gymtorch.unwrap_tensor(self._root),
            gymtorch.unwrap_tensor(self._seen),
            len(self._seen),
        )
        succeeded(result, "set_actor_root_state_tensor_indexed")

    def _refresh(self) -> None:
        for name in ("actor_root_state", "dof_state", "rigid_body_state"):
            call = f"refresh_{name}_tensor"
            succeeded(getattr(self._gym, call)(self._sim), call)


def _known(index: int, kind: str, name: str) -> int:
    if index == gymapi.INVALID_HANDLE:
        raise RefusalError("", f"Isaac Gym knows no {kind} {name!r} in the asset.")
    return index
