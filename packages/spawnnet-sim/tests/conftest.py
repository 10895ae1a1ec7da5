"""Cells and states that the tests share."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from spawnnet_sim import CabinetEnv, EnvironmentConfig, State, create_environment, panda
from spawnnet_sim.cabinet import CabinetSpec, Handle, Joint, Material, Shape
from spawnnet_sim.textures import SIZE


@pytest.fixture
def config() -> EnvironmentConfig:
    """Three cells, unequal image sizes, a short episode."""
    return EnvironmentConfig(num_cabinets=3, image_size=(24, 40), episode_steps=5)


@pytest.fixture
def environment(config: EnvironmentConfig) -> Iterator[CabinetEnv]:
    with closing(create_environment(config)) as cells:
        yield cells


@pytest.fixture(scope="module")
def blind() -> Iterator[CabinetEnv]:
    """Four cells of a full episode without cameras."""
    config = EnvironmentConfig(num_cabinets=4, cameras=())
    with closing(create_environment(config)) as cells:
        yield cells


@pytest.fixture(scope="session")
def make_state() -> Callable[..., State]:
    """Return a builder of states of N = 2 cells: robot upright at the origin, handle 1 m before."""
    links = len(panda.LINK_NAMES)

    def make(**changes: Any) -> State:
        state = State(
            joint_positions=np.tile(panda.HOME, (2, 1)),
            joint_velocities=np.zeros((2, 11)),
            targets=np.tile(panda.HOME[:9], (2, 1)),
            link_positions=np.zeros((2, links, 3)),
            link_rotations=np.tile(np.eye(3), (2, links, 1, 1)),
            hand_velocity=np.zeros((2, 6)),
            part_position=np.zeros(2),
            part_velocity=np.zeros(2),
            handle_position=np.tile([-1.0, 0.0, 0.0], (2, 1)),
            grip_axis=np.tile([0.0, 1.0, 0.0], (2, 1)),
            joint_axis=np.tile([1.0, 0.0, 0.0], (2, 1)),
            is_hinge=np.zeros(2, bool),
            front_axis=np.tile([1.0, 0.0, 0.0], (2, 1)),
            pull_axis=np.tile([1.0, 0.0, 0.0], (2, 1)),
            lever=np.ones(2),
            handle_width=np.full(2, 0.02),
            efforts=np.zeros((2, 2)),
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
