"""Experts that were learned: a small network on the privileged state, evaluated in NumPy.

A checkpoint is one safetensors file: weights and normalisation as arrays, and in its header, as
JSON, the task and the actions it was trained for. Loading it runs no code of the file.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any, final

import numpy as np
from numpy.typing import NDArray

from spawnnet_sim.atomic_file import write_bytes
from spawnnet_sim.errors import ConfigurationError
from spawnnet_sim.extras import import_extra
from spawnnet_sim.physics.robot_spec import RobotSpec
from spawnnet_sim.tasks.privileged import privileged_dim, privileged_vector
from spawnnet_sim.tasks.state import State

Float32 = NDArray[np.float32]

FILE_NAME = "expert.safetensors"
CLIP = 5.0  # standard deviations beyond which observations are cut off, as in the original
_HEADER = "spawnnet_sim_expert"
_FORMAT = 1
_FIELD = "expert.checkpoint"


@dataclass(frozen=True)
class Training:
    """What a learned expert was trained for, and how long.

    Attributes:
        task: Name of the task.
        cabinets: Name of the set of cabinets.
        num_cabinets: How many of them.
        control_frequency: Control steps per second.
        action_speed: How fast an action of 1 moves a position target, rad/s or m/s.
        steps: Control steps of training, all environments together.
        control: What its actions mean: `joints` or `tip`.
        scene: Name of the scene.
    """

    task: str
    cabinets: str
    num_cabinets: int
    control_frequency: int
    action_speed: float
    steps: int
    control: str = "joints"
    scene: str = "reach"


@final
@dataclass(frozen=True)
class LearnedExpert:
    """A multi-layer perceptron with tanh between its layers.

    Attributes:
        mean: `(P,)` of the privileged vector.
        deviation: `(P,)`, its standard deviation.
        layers: Weights `(out, in)` and biases `(out,)`, from the observation to the action.
        training: What it was trained for.
        robot: The robot whose state it reads.
    """

    mean: Float32
    deviation: Float32
    layers: tuple[tuple[Float32, Float32], ...]
    training: Training
    robot: RobotSpec

    @property
    def action_dim(self) -> int:
        """A."""
        return len(self.layers[-1][1])

    def act(self, state: State) -> Float32:
        """Return actions `(N, A)` in [-1, 1] for states of N environments."""
        *hidden, (weight, bias) = self.layers
        x = normalized(privileged_vector(self.robot, state), self.mean, self.deviation)
        for hidden_weight, hidden_bias in hidden:
            x = np.tanh(x @ hidden_weight.T + hidden_bias)
        actions: Float32 = np.clip(x @ weight.T + bias, -1.0, 1.0)
        return actions

    def save(self, path: Path) -> None:
        """Write a checkpoint; the file appears only when it is complete.

        Raises:
            ConfigurationError: If the extra `ppo` is not installed.
        """
        arrays = {"mean": self.mean, "deviation": self.deviation}
        for index, (weight, bias) in enumerate(self.layers):
            arrays |= {f"weight_{index}": weight, f"bias_{index}": bias}
        header = {_HEADER: json.dumps({"format": _FORMAT, **asdict(self.training)})}
        content = import_extra("safetensors.numpy", "ppo").save(arrays, header)
        write_bytes(path, content)


def normalized(observations: Float32, mean: Float32, deviation: Float32) -> Float32:
    """Return observations `(N, P)` with mean 0 and standard deviation 1, cut off at `CLIP`."""
    return np.clip((observations - mean) / (deviation + 1e-4), -CLIP, CLIP)


def load_learned_expert(
    path: Path,
    robot: RobotSpec,
    *,
    action_dim: int,
    task: str,
    scene: str,
    control: str,
    control_frequency: int,
    action_speed: float,
) -> LearnedExpert:
    """Load an expert for a use of it.

    Args:
        path: A checkpoint, or the folder that `spawnnet-sim train-expert` wrote.
        robot: The robot it shall move.
        action_dim: A, how many numbers an action of the task has.
        task: Name of the task.
        scene: Name of the scene.
        control: What its actions mean: `joints` or `tip`.
        control_frequency: Control steps per second.
        action_speed: How fast an action of 1 moves a position target, rad/s or m/s.

    Raises:
        ConfigurationError: If there is no such file, it is damaged, it was trained for another
            task, scene, control, control frequency, action speed or width of actions, or the extra
            `ppo` is not installed.
    """
    path = path / FILE_NAME if path.is_dir() else path
    expert = _read(path, robot)
    use = {
        "task": task,
        "scene": scene,
        "control": control,
        "control_frequency": control_frequency,
        "action_speed": action_speed,
    }
    for name, wanted in use.items():
        trained = getattr(expert.training, name)
        if trained != wanted:
            raise ConfigurationError(
                _FIELD,
                f"{str(path)!r} was trained with `{name}` {trained!r}, "
                f"the configuration has {wanted!r}.",
            )
    if expert.action_dim != action_dim:
        message = f"{str(path)!r} has actions of width {expert.action_dim}, the task {action_dim}."
        raise ConfigurationError(_FIELD, message)
    return expert


def _read(path: Path, robot: RobotSpec) -> LearnedExpert:
    if not path.is_file():
        raise ConfigurationError(
            _FIELD,
            f"must be a checkpoint of `spawnnet-sim train-expert`, but {str(path)!r} does not"
            " exist.",
        )
    safetensors = import_extra("safetensors", "ppo")
    try:
        with safetensors.safe_open(path, framework="numpy") as file:
            header = json.loads((file.metadata() or {})[_HEADER])
            arrays = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
        return _expert(header, arrays, robot)
    except (safetensors.SafetensorError, OSError, KeyError, TypeError, ValueError) as error:
        reason = " ".join(str(error).split())
        raise ConfigurationError(
            _FIELD, f"{str(path)!r} is not a usable checkpoint: {reason}."
        ) from error


def _expert(header: dict[str, Any], arrays: dict[str, Float32], robot: RobotSpec) -> LearnedExpert:
    version = header.pop("format")
    if version != _FORMAT:
        raise ValueError(f"expected format {_FORMAT}, got {version}")
    count = sum(name.startswith("weight_") for name in arrays)
    if not count or not all(np.isfinite(array).all() for array in arrays.values()):
        raise ValueError("it has no weights, or some that are not finite")
    layers = tuple((arrays[f"weight_{i}"], arrays[f"bias_{i}"]) for i in range(count))
    training = Training(**header)
    _check_shapes(arrays, count, robot)
    return LearnedExpert(arrays["mean"], arrays["deviation"], layers, training, robot)


def _check_shapes(arrays: Mapping[str, Float32], num_layers: int, robot: RobotSpec) -> None:
    widths = [privileged_dim(robot), *(len(arrays[f"bias_{i}"]) for i in range(num_layers))]
    expected: dict[str, tuple[int, ...]] = {"mean": (widths[0],), "deviation": (widths[0],)}
    for index, (width, out) in enumerate(pairwise(widths)):
        expected[f"weight_{index}"] = (out, width)
    for name, shape in expected.items():
        if arrays[name].shape != shape:
            raise ValueError(f"`{name}` must have shape {shape}, got {arrays[name].shape}")
