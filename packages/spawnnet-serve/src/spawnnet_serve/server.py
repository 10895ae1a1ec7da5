"""A policy server that speaks openpi's WebSocket protocol.

The first frame holds the server's metadata; every observation after it is answered by a chunk of
actions. Both are binary MessagePack. An error is one text frame, after which the connection ends
with code 1011. `GET /healthz` answers `OK`.
"""

from __future__ import annotations

import http
import logging
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, final

from websockets.exceptions import ConnectionClosed
from websockets.frames import CloseCode
from websockets.http11 import Request, Response
from websockets.sync.server import Server, ServerConnection, serve

from spawnnet_serve.messages import pack
from spawnnet_serve.session import ServedPolicy, Session

logger = logging.getLogger(__name__)

MAX_MESSAGE = 64 * 2**20
"""Bytes; ten cameras of 1920 x 1080 pixels are 59 MiB."""
_MAX_ERROR = 2000  # characters


@final
class PolicyServer:
    """Serves a policy to any number of clients, which take turns and have an episode each.

    Args:
        create_policy: Makes a client's policy when it connects. Those of several clients may share
            weights: only one of them acts at a time.
        metadata: What clients are told first: what the policy sees and does.
        host: The address to listen at; by default clients on this computer alone get an answer.
        port: 0 takes a free one.
        max_message: Bytes of the largest observation; larger ones end the connection, code 1009.

    Raises:
        OSError: If the address is taken.
    """

    def __init__(
        self,
        create_policy: Callable[[], ServedPolicy],
        *,
        metadata: Mapping[str, Any] | None = None,
        host: str = "127.0.0.1",
        port: int = 8000,
        max_message: int = MAX_MESSAGE,
    ) -> None:
        self._create_policy = create_policy
        self._metadata = pack(dict(metadata or {}))
        self._turn = threading.Lock()
        self._server: Server = serve(
            self._talk,
            host,
            port,
            compression=None,  # images hardly shrink, and the robot waits
            max_size=max_message,
            process_request=_answer_health,
        )

    @property
    def port(self) -> int:
        """The port that it listens at."""
        port: int = self._server.socket.getsockname()[1]
        return port

    def serve_forever(self) -> None:
        """Answer clients until interrupted, then end their connections."""
        with self._server as server:
            server.serve_forever()

    @contextmanager
    def running(self) -> Iterator[int]:
        """Answer clients in a thread of its own; the value of the context is the port."""
        thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        thread.start()
        try:
            yield self.port
        finally:
            self._server.shutdown()
            thread.join()

    def _talk(self, connection: ServerConnection) -> None:
        logger.info("%s connected", connection.remote_address)
        try:
            connection.send(self._metadata)
            self._answer_all(connection)
        except ConnectionClosed:
            logger.info("%s is gone", connection.remote_address)

    def _answer_all(self, connection: ServerConnection) -> None:
        """Answer observations until the client goes or an error ends the connection."""
        try:
            with self._turn:
                session = Session(self._create_policy())
            total = None
            for message in connection:
                start = time.perf_counter()
                connection.send(pack(self._answer(session, message, total)))
                total = time.perf_counter() - start
        except ConnectionClosed:
            raise
        except ValueError as error:  # the observation's
            _refuse(connection, str(error))
        except Exception as error:
            logger.exception("the policy failed")
            _refuse(connection, f"the policy failed: {type(error).__name__}, see the server's log.")

    def _answer(self, session: Session, message: bytes | str, last: float | None) -> dict[str, Any]:
        start = time.perf_counter()
        with self._turn:
            answer = session.answer(message)
        timing = {"infer_ms": 1e3 * (time.perf_counter() - start)}  # waiting for a turn included
        if last is not None:
            timing["prev_total_ms"] = 1e3 * last
        return {**answer, "server_timing": timing}


def _refuse(connection: ServerConnection, sentence: str) -> None:
    """Say what was wrong and end the connection, as openpi's server does."""
    logger.warning("%s is refused: %s", connection.remote_address, sentence)
    connection.send(sentence[:_MAX_ERROR])
    connection.close(CloseCode.INTERNAL_ERROR, "the previous frame says what was wrong")


def _answer_health(connection: ServerConnection, request: Request) -> Response | None:
    if request.path == "/healthz":
        return connection.respond(http.HTTPStatus.OK, "OK\n")
    return None
