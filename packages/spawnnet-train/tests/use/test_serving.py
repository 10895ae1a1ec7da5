import runpy
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from openpi_client.websocket_client_policy import WebsocketClientPolicy

from spawnnet_serve import PolicyClient
from spawnnet_train.config.errors import ConfigError
from spawnnet_train.student.spec import StudentSpec
from spawnnet_train.use import serving
from spawnnet_train.use.robot_policy import load_policy
from spawnnet_train.use.serving import create_server


def seen(spec: StudentSpec, step: int) -> dict[str, Any]:
    generator = np.random.default_rng(step)
    known = spec.proprioception
    assert known is not None
    return {
        "rgb": {view: generator.integers(0, 256, (40, 70, 3), np.uint8) for view in spec.views},
        "depth": {view: np.ones(spec.image_size, np.float32) for view in spec.depth_views},
        "proprioception": generator.uniform(known.minimum, known.maximum).astype(np.float32),
    }


@pytest.mark.filterwarnings("ignore:connect.. must be used:DeprecationWarning")
def test_openpi_client_gets_the_actions_of_the_run(finished: Any) -> None:
    policy = load_policy(finished.run.path)
    with create_server(finished.run.path, port=0).running() as port:
        clients = [WebsocketClientPolicy("127.0.0.1", port) for _ in range(2)]
        told = clients[0].get_server_metadata()
        assert told["views"] == list(policy.spec.views)
        assert told["every_step"]  # both runs see two frames
        for step in range(3):
            action = policy.act(seen(policy.spec, step))
            for client in clients:  # each has frames of its own
                answer = client.infer(seen(policy.spec, step))
                np.testing.assert_array_equal(answer["actions"], action[None])
        policy.reset()
        again = clients[0].infer({**seen(policy.spec, 7), "reset": True})
        np.testing.assert_array_equal(again["actions"][0], policy.act(seen(policy.spec, 7)))
        with pytest.raises(RuntimeError, match=r"rgb/.*: the image is missing"):
            clients[1].infer({"rgb": {}})


def test_chunks_are_answered_where_they_are_asked_for(cloned: Any) -> None:
    policy = load_policy(cloned.run.path)
    with (
        create_server(cloned.run.path, port=0, by_step=False).running() as port,
        PolicyClient(port=port) as client,
    ):
        observation = seen(policy.spec, 0)
        assert client.metadata["action_horizon"] == 3
        np.testing.assert_array_equal(client.act(observation), policy.plan(observation))


def test_without_the_extra_it_is_named(cloned: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> None:
        raise ModuleNotFoundError(name=name)

    monkeypatch.setattr(serving.importlib, "import_module", missing)
    with pytest.raises(ConfigError, match=r"pip install 'spawnnet-train\[serve\]'"):
        create_server(cloned.run.path)


EXAMPLE = Path(__file__).parents[4] / "examples" / "serve_in_simulator.py"


@pytest.mark.skipif(not EXAMPLE.is_file(), reason="examples are not part of the package")
def test_the_example_drives_the_simulator(
    dagger: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with create_server(dagger.run.path, port=0).running() as port:
        arguments = [str(dagger.run.path), "--port", str(port), "--episodes", "1"]
        monkeypatch.setattr(sys, "argv", [str(EXAMPLE), *arguments])
        runpy.run_path(str(EXAMPLE), run_name="__main__")
    assert "episode 0: no success" in capsys.readouterr().out
