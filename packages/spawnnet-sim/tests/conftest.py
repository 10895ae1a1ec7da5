"""Environments and states that the tests share."""

from __future__ import annotations

import importlib.util
import json
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from spawnnet_sim import (
    CabinetEnv,
    CabinetsConfig,
    CamerasConfig,
    EnvironmentConfig,
    IsaacGymConfig,
    State,
    create_environment,
)
from spawnnet_sim.cabinets.cabinet import CabinetSpec, Handle, Joint, Material, Shape
from spawnnet_sim.cabinets.partnet.asset import load_partnet
from spawnnet_sim.cabinets.textures import SIZE
from spawnnet_sim.robots.panda import PANDA

_STAND_IN = Path(__file__).parent / "isaacgym" / "stand_in"
NO_POSE = (0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0)  # at the origin, not turned
NO_CAMERAS = CamerasConfig(views=())


@pytest.fixture
def config() -> EnvironmentConfig:
    """Three environments, unequal image sizes, a short episode."""
    return EnvironmentConfig(
        cabinets=CabinetsConfig(count=3),
        cameras=CamerasConfig(image_size=(24, 40)),
        episode_steps=5,
    )


@pytest.fixture
def environment(config: EnvironmentConfig) -> Iterator[CabinetEnv]:
    with closing(create_environment(config)) as envs:
        yield envs


@pytest.fixture(scope="module")
def blind() -> Iterator[CabinetEnv]:
    """Four environments of a full episode without cameras."""
    config = EnvironmentConfig(cabinets=CabinetsConfig(count=4), cameras=NO_CAMERAS)
    with closing(create_environment(config)) as envs:
        yield envs


@pytest.fixture
def blind_config() -> EnvironmentConfig:
    """Three environments without cameras, a short episode."""
    return EnvironmentConfig(cabinets=CabinetsConfig(count=3), cameras=NO_CAMERAS, episode_steps=4)


@pytest.fixture
def blind_envs(blind_config: EnvironmentConfig) -> Iterator[CabinetEnv]:
    with closing(create_environment(blind_config)) as envs:
        yield envs


@pytest.fixture(scope="session")
def make_state() -> Callable[..., State]:
    """Return a builder of states, N = 2: robot upright at the origin, handle 1 m before it."""
    links = len(PANDA.links)

    def make(**changes: Any) -> State:
        state = State(
            joint_positions=np.tile(PANDA.home, (2, 1)),
            joint_velocities=np.zeros((2, 11)),
            targets=np.tile(PANDA.home[:9], (2, 1)),
            link_positions=np.zeros((2, links, 3)),
            link_rotations=np.tile(np.eye(3), (2, links, 1, 1)),
            hand_velocity=np.zeros((2, 6)),
            part_position=np.zeros(2),
            part_velocity=np.zeros(2),
            part_link_position=np.zeros((2, 3)),
            part_link_rotation=np.tile(np.eye(3), (2, 1, 1)),
            handle_position=np.tile([-1.0, 0.0, 0.0], (2, 1)),
            grip_axis=np.tile([0.0, 1.0, 0.0], (2, 1)),
            joint_axis=np.tile([1.0, 0.0, 0.0], (2, 1)),
            is_hinge=np.zeros(2, bool),
            front_axis=np.tile([1.0, 0.0, 0.0], (2, 1)),
            pull_axis=np.tile([1.0, 0.0, 0.0], (2, 1)),
            lever=np.ones(2),
            handle_width=np.full(2, 0.02),
            efforts=np.zeros((2, 2)),
            root_position=np.tile(PANDA.root_position, (2, 1)),
            hand_pose=np.tile(NO_POSE, (2, 1)),
            finger_poses=np.tile(NO_POSE, (2, 2, 1)),
            cabinet_pose=np.tile(NO_POSE, (2, 1)),
            part_pose=np.tile(NO_POSE, (2, 1)),
            cabinets=(),
            last_actions=np.zeros((2, 11), np.float32),
            was_in_stage=np.zeros(2, bool),
        )
        return replace(state, **changes)

    return make


@pytest.fixture
def wall() -> CabinetSpec:
    """A wall in the plane x = 0 with a small drawer near the floor."""
    plain = Material((0.5, 0.6, 0.7), np.full((SIZE, SIZE, 3), 255, np.uint8))
    return CabinetSpec(
        name="wall",
        body=(Shape("box", (0.1, 3.0, 3.0), (-0.1, 0.0, 0.0)),),
        part=(Shape("box", (0.01, 0.02, 0.02), (0.0, 0.0, 0.0), material="front"),),
        joint=Joint("slide", (1.0, 0.0, 0.0), (0.0, 0.0, 0.1), 0.2),
        handle=Handle("knob", (0.0, 0.0, 0.0), (0.0, 1.0, 0.0), 0.04),
        box=((-0.01, -0.02, -0.02), (0.01, 0.02, 0.02)),
        materials={"body": plain, "front": plain, "handle": Material((0.2, 0.2, 0.2))},
    )


@pytest.fixture(scope="session")
def _own_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Keep the boxes of decomposed pieces away from the user's."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
        yield


@pytest.fixture(scope="session")
def partnet_assets(_own_cache: None) -> ModuleType:
    """The module next to this one that writes assets; test modules cannot import each other."""
    path = Path(__file__).with_name("partnet_assets.py")
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[path.stem] = module  # where its dataclasses look their annotations up
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def drawers(partnet_assets: ModuleType, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with one asset that has a drawer."""
    folder = tmp_path_factory.mktemp("drawers")
    partnet_assets.write_asset(folder, "40147_link_1")
    return folder


@pytest.fixture(scope="session")
def doors(partnet_assets: ModuleType, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with one asset that has a door."""
    folder = tmp_path_factory.mktemp("doors")
    partnet_assets.write_asset(folder, "44781_link_0", is_door=True)
    return folder


@pytest.fixture(scope="session")
def drawer(drawers: Path) -> CabinetSpec:
    return load_partnet(drawers / "40147_link_1")


@pytest.fixture(scope="session")
def door(doors: Path) -> CabinetSpec:
    return load_partnet(doors / "44781_link_0")


@contextmanager
def _standing_in(**quirks: Any) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", str(_STAND_IN))
        patch.setenv("ISAACGYM_STAND_IN", json.dumps(quirks))
        patch.setenv("OMP_NUM_THREADS", "1")
        yield


@pytest.fixture(scope="session")
def stand_in() -> Path:
    return _STAND_IN


@pytest.fixture(scope="session")
def stands_in() -> Callable[..., Any]:
    """Return a context in which workers find the stand-in, with quirks."""
    return _standing_in


@pytest.fixture(scope="session")
def python() -> str:
    """The Python of the workers: one of version 3.8 where a variable names it."""
    return os.environ.get("SPAWNNET_PYTHON38", sys.executable)


@pytest.fixture(scope="session")
def engine(python: str) -> IsaacGymConfig:
    return IsaacGymConfig(python=python, timeout=120.0)
