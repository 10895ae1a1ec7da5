"""A client of openpi's protocol, for programs that use NumPy 2, which openpi-client excludes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from types import TracebackType
from typing import Any, Self, final

import numpy as np
from numpy.typing import NDArray
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from spawnnet_serve.errors import MessageError
from spawnnet_serve.messages import pack, unpack
from spawnnet_serve.session import RESET

_GOODBYE = 1.0  # seconds that a server has to end the connection, too


@final
class PolicyClient:
    """Asks a policy server for actions; a connection is an episode until `reset`.

    An answer that does not come in time ends the connection: later it would be taken for that to
    the next observation. Another client is a new episode.

    Args:
        host: Where the server is.
        port: Its port.
        timeout: Seconds to wait for the connection, and for each answer.

    Attributes:
        metadata: What the server says of its policy.

    Raises:
        OSError: If there is no server, or it does not answer in time.
        MessageError: If what it says of its policy is no message.
    """

    def __init__(self, host: str = "127.0.0.1", port: int = 8000, *, timeout: float = 60) -> None:
        self._timeout = timeout
        self._until_closed = ExitStack()
        self._connection = self._until_closed.enter_context(
            connect(
                f"ws://{host}:{port}",
                compression=None,
                max_size=None,
                open_timeout=timeout,
                close_timeout=_GOODBYE,
            )
        )
        with self._or_closed():
            self.metadata: dict[str, Any] = unpack(self._connection.recv(timeout))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def infer(self, observation: Mapping[str, Any]) -> dict[str, Any]:
        """Return the server's whole answer: `actions`, `(T, A)`, and how long it took.

        Raises:
            MessageError: With what the server says is wrong.
            OSError: If it is gone or does not answer in time.
        """
        return self._ask(dict(observation))

    def act(self, observation: Mapping[str, Any]) -> NDArray[np.float32]:
        """Return the chunk of actions `(T, A)` for an observation; raises as `infer`."""
        actions: NDArray[np.float32] = self.infer(observation)["actions"]
        return actions

    def reset(self) -> None:
        """Begin a new episode."""
        self._ask({RESET: True})

    def close(self) -> None:
        """End the connection."""
        self._until_closed.close()

    def _ask(self, message: Mapping[str, Any]) -> dict[str, Any]:
        packed = pack(dict(message))
        with self._or_closed():
            self._connection.send(packed)
            answer = self._connection.recv(self._timeout)
        if isinstance(answer, str):
            raise MessageError("", answer)
        found: dict[str, Any] = unpack(answer)
        return found

    @contextmanager
    def _or_closed(self) -> Iterator[None]:
        """End the connection unless everything that is sent and received within goes well."""
        try:
            yield
        except BaseException as error:  # Ctrl-C leaves an answer unread, too
            self.close()
            if isinstance(error, ConnectionClosed):
                message = f"the connection to the policy server has ended, {error}."
                raise ConnectionError(message) from error
            if isinstance(error, TimeoutError):
                message = f"the policy server has not answered within {self._timeout} seconds"
                raise TimeoutError(f"{message}, so the connection is closed.") from error
            raise
