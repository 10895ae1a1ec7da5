import time
import urllib.request
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest
from openpi_client.websocket_client_policy import WebsocketClientPolicy
from websockets.exceptions import ConnectionClosed, ConnectionClosedError
from websockets.sync.client import connect

from spawnnet_serve import PolicyServer, pack, unpack

# openpi-client connects as websockets did before 17.1.
pytestmark = pytest.mark.filterwarnings("ignore:connect.. must be used:DeprecationWarning")

Start = Callable[..., int]
Observe = Callable[[int], dict[str, Any]]


@pytest.fixture
def client(serve: Start) -> WebsocketClientPolicy:
    return WebsocketClientPolicy("127.0.0.1", serve())


def test_the_first_frame_says_what_the_policy_is(
    client: WebsocketClientPolicy, metadata: Any
) -> None:
    assert client.get_server_metadata() == metadata


def test_an_observation_of_openpi_client_gets_a_chunk(
    client: WebsocketClientPolicy, observe: Observe
) -> None:
    first, second = client.infer(observe(9)), client.infer(observe(30))
    np.testing.assert_array_equal(first["actions"], np.float32([[9, 1], [9, 1.5], [9, 0]]))
    np.testing.assert_array_equal(second["actions"][:, 0], np.float32([30, 30, 30]))
    assert first["actions"].dtype == np.float32
    assert 0 <= first["policy_timing"]["infer_ms"] <= first["server_timing"]["infer_ms"]
    assert second["server_timing"]["prev_total_ms"] > 0


def test_an_episode_ends_where_an_observation_says_so(
    client: WebsocketClientPolicy, observe: Observe
) -> None:
    def steps(**more: Any) -> float:
        return float(client.infer({**observe(1), **more})["actions"][0, 1])

    assert [steps(), steps(), steps(reset=True), steps()] == [1, 2, 1, 2]
    assert "actions" not in client.infer({"reset": True})
    assert steps(reset=False) == 1


def test_clients_have_episodes_of_their_own(serve: Start, observe: Observe) -> None:
    port = serve()

    def talk(value: int) -> list[list[float]]:
        client = WebsocketClientPolicy("127.0.0.1", port)
        return [client.infer(observe(value))["actions"][0].tolist() for _ in range(20)]

    with ThreadPoolExecutor(2) as pool:
        talks = list(pool.map(talk, (7, 8)))
    assert talks == [[[value, step + 1] for step in range(20)] for value in (7, 8)]


def test_only_one_client_is_acted_for_at_a_time(observe: Observe, counting_policy: Any) -> None:
    acting, most = [0], [0]

    class Slow(counting_policy):  # type: ignore[misc]
        def act(self, observation: Any) -> Any:
            acting[0] += 1
            most[0] = max(most[0], acting[0])
            time.sleep(0.01)
            acting[0] -= 1
            return super().act(observation)

    with PolicyServer(Slow, port=0).running() as port, ThreadPoolExecutor(3) as pool:
        clients = [WebsocketClientPolicy("127.0.0.1", port) for _ in range(3)]
        list(pool.map(lambda client: [client.infer(observe(1)) for _ in range(3)], clients))
    assert most == [1]


@pytest.mark.parametrize(
    ("observation", "sentence"),
    [
        ({"state": 1}, "rgb: is missing, got"),
        (["rgb"], "expected a mapping of entries, got list"),
        (3, "expected a mapping of entries, got int"),
    ],
)
def test_a_bad_observation_is_answered_and_ends_the_connection(
    client: WebsocketClientPolicy, observation: Any, sentence: str
) -> None:
    with pytest.raises(RuntimeError, match=sentence) as caught:
        client.infer(observation)
    assert "Traceback" not in str(caught.value)
    with pytest.raises(ConnectionClosedError) as closed:
        client.infer({})
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 1011


def test_other_clients_go_on_after_a_bad_one(serve: Start, observe: Observe) -> None:
    port = serve()
    good, bad = (WebsocketClientPolicy("127.0.0.1", port) for _ in range(2))
    good.infer(observe(1))
    with pytest.raises(RuntimeError):
        bad.infer({})
    assert good.infer(observe(1))["actions"][0, 1] == 2


def test_a_failing_policy_keeps_its_secrets(
    client: WebsocketClientPolicy, observe: Observe, caplog: pytest.LogCaptureFixture
) -> None:
    with pytest.raises(RuntimeError, match="the policy failed: RuntimeError") as caught:
        client.infer({**observe(1), "task": "fail"})
    assert "secret" not in str(caught.value)
    assert "secret" in caplog.text


@pytest.mark.parametrize("message", ["text", b"\xc1", b""])
def test_what_is_no_message_is_answered(serve: Start, message: Any) -> None:
    with connect(f"ws://127.0.0.1:{serve()}") as connection:
        connection.recv()
        connection.send(message)
        answer = connection.recv()
        assert isinstance(answer, str)
        assert "message" in answer.lower()
        with pytest.raises(ConnectionClosed):
            connection.recv()


def test_a_message_beyond_the_limit_ends_the_connection(serve: Start) -> None:
    with connect(f"ws://127.0.0.1:{serve(max_message=1000)}") as connection:
        connection.recv()
        connection.send(pack({"rgb": {"front": np.zeros((5, 7, 3), np.uint8)}}))
        assert unpack(connection.recv())["actions"].shape == (3, 2)
        connection.send(bytes(1001))
        with pytest.raises(ConnectionClosed) as closed:
            connection.recv()
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 1009


def test_its_health_can_be_asked_for(serve: Start) -> None:
    with urllib.request.urlopen(f"http://127.0.0.1:{serve()}/healthz", timeout=10) as answer:
        assert (answer.status, answer.read()) == (200, b"OK\n")


def test_a_port_that_is_taken_is_an_error(serve: Start, counting_policy: Any) -> None:
    port = serve()
    with pytest.raises(OSError, match="in use"):
        PolicyServer(counting_policy, port=port)


def test_a_server_that_stops_ends_its_connections(observe: Observe, counting_policy: Any) -> None:
    with PolicyServer(counting_policy, port=0).running() as port:
        client = WebsocketClientPolicy("127.0.0.1", port)
        client.infer(observe(1))
    with pytest.raises(ConnectionClosed):
        client.infer(observe(1))
