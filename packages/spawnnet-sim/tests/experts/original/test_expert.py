from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch

from spawnnet_sim import (
    CabinetsConfig,
    CamerasConfig,
    ConfigurationError,
    EnvironmentConfig,
    ExpertConfig,
    check_expert,
    create_environment,
    create_expert,
    environment_config,
)
from spawnnet_sim.cabinets.cloud import sample_cloud
from spawnnet_sim.cabinets.partnet.asset import load_partnet
from spawnnet_sim.experts.original.observation import observe
from spawnnet_sim.experts.original.weights import load_contact_network, load_policy

BLIND = CamerasConfig(views=())


def paper(task: str, model: Path, **changes: Any) -> EnvironmentConfig:
    expert = ExpertConfig("original", checkpoint=str(model))
    changes = {"cabinets": CabinetsConfig(count=3), **changes}
    return environment_config(task, profile="paper", cameras=BLIND, expert=expert, **changes)


@pytest.fixture(scope="module")
def door_expert(files: SimpleNamespace, tmp_path_factory: pytest.TempPathFactory) -> Path:
    model: Path = files.write(tmp_path_factory.mktemp("experts") / "open_door", 16400)
    return model


@pytest.fixture
def asset(doors: Path, tmp_path: Path) -> Iterator[Path]:
    """A folder whose asset has a cloud of its own."""
    (tmp_path / "assets").symlink_to(doors)
    spec = load_partnet(doors / "44781_link_0")
    cloud = doors / "44781_link_0" / "point_clouds" / "pointcloud_tensor"
    cloud.parent.mkdir()
    torch.save(torch.from_numpy(sample_cloud(spec.body, spec.part, 5)), cloud)
    yield tmp_path / "assets"
    cloud.unlink()
    cloud.parent.rmdir()


def test_it_labels_states_of_the_original_s_scene(drawer_expert: Path) -> None:
    config = paper("open_drawer", drawer_expert, episode_steps=4)
    expert = create_expert(config)
    with closing(create_environment(config)) as envs:
        envs.reset(seed=0)
        for _ in range(4):
            state = envs.privileged_state()
            actions = expert.act(state)
            assert actions.shape == (3, 11)
            assert actions.dtype == np.float32
            np.testing.assert_array_equal(actions, expert.act(state))  # it keeps no memory
            envs.step(actions)
        networks = load_policy(drawer_expert), load_contact_network(drawer_expert)
        cabinets = expert._clouds.points(state.cabinets)  # type: ignore[attr-defined]
        seen = observe(envs.robot, state, cabinets, expert._fingers)  # type: ignore[attr-defined]
    assert seen.shape == (3, 2112, 55)
    assert np.abs(np.diff(actions, axis=0)).max() > 1e-4  # cabinets differ
    np.testing.assert_allclose(networks[0](torch.from_numpy(seen)).clamp(-1, 1), actions, atol=1e-5)
    np.testing.assert_array_equal(seen[:, 0, 6 + 33 : 6 + 42], state.last_actions[:, :9])


def test_it_acts_on_the_original_s_assets(door_expert: Path, asset: Path) -> None:
    config = paper("open_door", door_expert, cabinets=CabinetsConfig(count=1, folder=str(asset)))
    expert = create_expert(config)
    with closing(create_environment(config)) as envs:
        envs.reset(seed=0)
        assert np.isfinite(expert.act(envs.privileged_state())).all()


def test_cabinets_without_clouds_are_refused(door_expert: Path, doors: Path) -> None:
    config = paper("open_door", door_expert, cabinets=CabinetsConfig(count=1, folder=str(doors)))
    message = r"^cabinets.folder: PartNet asset '44781_link_0': `point_clouds/.*` is missing"
    with pytest.raises(ConfigurationError, match=message):
        create_expert(config)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"task": "open_door"}, "expert.checkpoint: .* is an expert of 'open_drawer'"),
        ({"scene": "reach"}, "scene: must be 'original' for the expert `original`"),
        ({"control_frequency": 30}, "control_frequency: must be 60"),
        ({"expert": ExpertConfig("original")}, "expert.checkpoint: must be a file such as"),
        ({"expert": ExpertConfig("original", "no.pt")}, "expert.checkpoint: must be a file such"),
    ],
)
def test_another_use_is_refused_without_a_file(
    tmp_path: Path, changes: dict[str, Any], message: str
) -> None:
    config = replace(paper("open_drawer", tmp_path / "open_drawer" / "model_3.pt"), **changes)
    for refuse in (check_expert, create_expert):
        with pytest.raises(ConfigurationError, match=f"^{message}"):
            refuse(config)
