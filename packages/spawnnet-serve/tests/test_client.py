import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from websockets.sync.server import ServerConnection
from websockets.sync.server import serve as serve_websockets

from spawnnet_serve import MessageError, PolicyClient, PolicyServer


class SlowPolicy:
    """Answers its first observation when it may, and gives the number of each."""

    def __init__(self) -> None:
        self.may_answer = threading.Event()

    def reset(self) -> None:
        pass

    def act(self, observation: Mapping[str, Any]) -> NDArray[np.float32]:
        self.may_answer.wait(30)
        return np.full((1, 1), observation["number"], np.float32)


@contextmanager
def silent_server() -> Iterator[tuple[int, threading.Event]]:
    """Give the port of a server that says nothing, and what is set when a client has gone."""
    gone = threading.Event()

    def listen(connection: ServerConnection) -> None:
        for _ in connection:
            pass
        gone.set()

    with serve_websockets(listen, "127.0.0.1", 0) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server.socket.getsockname()[1], gone
        server.shutdown()
        thread.join()


def test_a_client_acts_resets_and_reads_the_metadata(
    serve: Callable[..., int], observe: Callable[[int], dict[str, Any]], metadata: Any
) -> None:
    with PolicyClient(port=serve()) as client:
        assert client.metadata == metadata
        client.act(observe(4))
        np.testing.assert_array_equal(client.act(observe(4))[0], np.float32([4, 2]))
        client.reset()
        np.testing.assert_array_equal(client.act(observe(4))[0], np.float32([4, 1]))
        assert client.infer(observe(4))["server_timing"]["infer_ms"] > 0


def test_what_the_server_says_is_wrong_is_raised(serve: Callable[..., int]) -> None:
    with PolicyClient(port=serve()) as client:
        with pytest.raises(MessageError, match="rgb: is missing"):
            client.act({})
        with pytest.raises(ConnectionError, match="connection to the policy server has ended"):
            client.act({})


def test_no_server_is_an_error_of_the_network(serve: Callable[..., int]) -> None:
    port = serve()
    with pytest.raises(OSError, match=r"refused|Connect"):
        PolicyClient(port=port - 1 if port > 1024 else port + 1, timeout=1)


def test_a_late_answer_is_never_taken_for_that_to_the_next_observation() -> None:
    policy = SlowPolicy()
    with PolicyServer(lambda: policy, port=0).running() as port:
        with PolicyClient(port=port, timeout=0.2) as client:
            with pytest.raises(TimeoutError, match=r"not answered within 0\.2 seconds.* is closed"):
                client.act({"number": 1})
            policy.may_answer.set()
            with pytest.raises(ConnectionError, match="connection to the policy server has ended"):
                client.act({"number": 2})
        with PolicyClient(port=port) as another:
            assert another.act({"number": 3}) == 3


def test_what_cannot_be_packed_leaves_the_connection_as_it_is(
    serve: Callable[..., int], observe: Callable[[int], dict[str, Any]]
) -> None:
    with PolicyClient(port=serve()) as client:
        with pytest.raises(MessageError, match="object cannot be sent"):
            client.act({"rgb": object()})
        assert client.act(observe(4))[0, 0] == 4


def test_a_server_that_does_not_say_what_it_serves_is_left() -> None:
    with silent_server() as (port, gone):
        with pytest.raises(TimeoutError, match="has not answered within"):
            PolicyClient(port=port, timeout=0.2)
        assert gone.wait(10)
