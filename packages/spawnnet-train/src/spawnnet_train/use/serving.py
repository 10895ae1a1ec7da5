"""A policy behind a server that speaks openpi's protocol, one episode for each client."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, final

import numpy as np
from numpy.typing import NDArray

from spawnnet_train.config.errors import ConfigError
from spawnnet_train.use.robot_policy import Keys, RobotPolicy
from spawnnet_train.use.saved_policy import SavedPolicy, open_policy

if TYPE_CHECKING:
    from spawnnet_serve import PolicyServer


@final
class ServedPolicy:
    """A robot policy as servers want it: every observation is answered by a chunk.

    Args:
        policy: Of one client.
        by_step: Answer with the action of this step, `(1, A)`, which takes earlier frames and
            predictions into account, rather than with the whole chunk `(T, A)`.
    """

    def __init__(self, policy: RobotPolicy, *, by_step: bool) -> None:
        self._policy = policy
        self._by_step = by_step

    def reset(self) -> None:
        """Begin a new episode."""
        self._policy.reset()

    def act(self, observation: Mapping[str, Any]) -> NDArray[np.float32]:
        """Return a chunk of actions; see `RobotPolicy.act` for the observation and its errors."""
        if self._by_step:
            return self._policy.act(observation)[None]
        return self._policy.plan(observation)


def create_server(
    path: Path | str,
    *,
    checkpoint: str | None = None,
    host: str = "127.0.0.1",
    port: int = 8000,
    keys: Keys = "spawnnet",
    by_step: bool | None = None,
    device: str = "auto",
) -> PolicyServer:
    """Return a server of a run's policy, or of an exported one; `serve_forever` starts it.

    Args:
        path: A run directory or an exported folder.
        checkpoint: Of a run: its name; `best`, or else the latest, if None.
        host: The address to listen at.
        port: 0 takes a free one.
        keys: By whose names observations come.
        by_step: See `ServedPolicy`; None answers with chunks, unless the policy looks back at
            earlier frames or blends predictions, and so has to see every step.
        device: See `load_policy`.

    Raises:
        ConfigError: If there is no such policy, or the extra `serve` is not installed.
        OSError: If the address is taken.
    """
    create: Callable[..., PolicyServer] = _spawnnet_serve().PolicyServer
    saved = open_policy(path, checkpoint, device)
    by_step = RobotPolicy(saved).needs_every_step if by_step is None else by_step
    return create(
        lambda: ServedPolicy(RobotPolicy(saved, keys=keys), by_step=by_step),
        metadata=describe_policy(saved, keys, by_step=by_step),
        host=host,
        port=port,
    )


def describe_policy(saved: SavedPolicy, keys: Keys, *, by_step: bool) -> dict[str, Any]:
    """Return what clients are told: what to send, and what they get."""
    spec, student = saved.spec, saved.config.student
    return {
        "policy": saved.path.resolve().name,
        "checkpoint": saved.checkpoint,
        "keys": keys,
        "views": list(spec.views),
        "depth_views": list(spec.depth_views),
        "image_size": list(spec.image_size),
        "proprioception_dim": spec.proprioception_dim if student.proprioception else 0,
        "action_names": list(spec.action_names),
        "action_bounds": [list(bound) for bound in spec.action_bounds],
        "rate": spec.rate,
        "every_step": by_step,
        "action_horizon": 1 if by_step else student.action_horizon,
        "execution_horizon": 1 if by_step else student.execution_horizon,
    }


def _spawnnet_serve() -> Any:
    try:
        return importlib.import_module("spawnnet_serve")
    except ModuleNotFoundError as error:
        message = "serving needs spawnnet-serve, pip install 'spawnnet-train[serve]'."
        raise ConfigError([message]) from error
