from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from spawnnet_serve import MessageError, PolicyClient


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
        with pytest.raises(ConnectionError, match="has ended the connection"):
            client.act({})


def test_no_server_is_an_error_of_the_network(serve: Callable[..., int]) -> None:
    port = serve()
    with pytest.raises(OSError, match=r"refused|Connect"):
        PolicyClient(port=port - 1 if port > 1024 else port + 1, timeout=1)
