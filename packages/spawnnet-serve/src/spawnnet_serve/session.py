"""What one client is answered."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any, Protocol, final

import numpy as np
from numpy.typing import NDArray

from spawnnet_serve.errors import MessageError
from spawnnet_serve.messages import unpack

RESET = "reset"


class ServedPolicy(Protocol):
    """What can be served; one for each client, so it may remember what it has seen."""

    def reset(self) -> None:
        """Begin a new episode."""

    def act(self, observation: Mapping[str, Any], /) -> NDArray[np.float32]:
        """Return a chunk of actions, `(T, A)`.

        Raises:
            ValueError: If something in the observation is wrong; the client is told.
        """


@final
class Session:
    """One client with its policy, from one observation to the next.

    Args:
        policy: The client's own.
    """

    def __init__(self, policy: ServedPolicy) -> None:
        self._policy = policy
        policy.reset()

    def answer(self, message: bytes | str) -> dict[str, Any]:
        """Return what a message is answered with.

        Args:
            message: An observation. With `reset: true` in it a new episode begins before it is
                looked at; alone, that is all that happens.

        Returns:
            `actions`, `(T, A)` float32, for an observation; and `policy_timing`, with `infer_ms`.

        Raises:
            MessageError: If the message cannot be understood.
            ValueError: What the policy says of the observation.
        """
        observation = unpack(message)
        if not isinstance(observation, dict):
            kind = type(observation).__name__
            raise MessageError("", f"expected a mapping of entries, got {kind}.")
        start = time.perf_counter()
        answer: dict[str, Any] = {}
        if observation.pop(RESET, False):
            self._policy.reset()
            if not observation:
                return answer
        answer["actions"] = np.asarray(self._policy.act(observation), np.float32)
        answer["policy_timing"] = {"infer_ms": 1e3 * (time.perf_counter() - start)}
        return answer
