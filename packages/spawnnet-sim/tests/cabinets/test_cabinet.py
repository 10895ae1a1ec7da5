from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from spawnnet_sim import (
    CabinetsConfig,
    CamerasConfig,
    ConfigurationError,
    EnvironmentConfig,
    create_environment,
    register_cabinets,
)
from spawnnet_sim.cabinets.cabinet import CabinetSpec, Mesh, Shape, ShapeError, ShapeKind
from spawnnet_sim.cabinets.sources import CabinetSource

ZERO = (0.0, 0.0, 0.0)
KINDS: dict[ShapeKind, int] = {"box": 3, "contact_box": 3, "capsule": 2, "cylinder": 2, "sphere": 1}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("value", [0.0, -0.1, float("nan"), float("inf")])
def test_every_extent_must_be_positive_and_finite(kind: ShapeKind, value: float) -> None:
    for place in range(KINDS[kind]):
        size: Any = tuple(value if i == place else 0.1 for i in range(3))
        with pytest.raises(ShapeError, match=f"a {kind} "):
            Shape(kind, size, ZERO)
    Shape(kind, (0.1, *(0.1 if i < KINDS[kind] else 0.0 for i in (1, 2))), ZERO)


def test_positions_and_vertices_must_be_finite() -> None:
    with pytest.raises(ShapeError, match="not finite"):
        Shape("box", (0.1, 0.1, 0.1), (0.0, float("nan"), 0.0))
    mesh = Mesh(np.full((3, 3), np.inf), np.zeros((3, 3)), None, np.zeros((1, 3), np.int32))
    with pytest.raises(ShapeError, match="vertices"):
        Shape("mesh", ZERO, ZERO, mesh=mesh)


def start(name: str) -> None:
    cabinets = CabinetsConfig(set=name, count=1)
    create_environment(EnvironmentConfig(cabinets=cabinets, cameras=CamerasConfig(views=())))


def test_a_set_whose_cabinet_has_a_flat_shape_is_named(wall: CabinetSpec) -> None:
    def load(numbers: range, folder: Path | None) -> tuple[CabinetSpec, ...]:
        return (replace(wall, part=(Shape("box", (0.1, 0.0, 0.1), ZERO),)),)

    register_cabinets("flat-ones", CabinetSource(load))
    message = r"cabinets.set: cabinet 0 of 'flat-ones' has a box whose extents .* \(0.1, 0.0, 0.1\)"
    with pytest.raises(ConfigurationError, match=message):
        start("flat-ones")


def test_a_cabinet_that_mujoco_refuses_is_named(wall: CabinetSpec) -> None:
    joint = replace(wall.joint, upper=-0.2)
    source = CabinetSource(lambda numbers, folder: (replace(wall, joint=joint),))
    register_cabinets("never-open", source)
    with pytest.raises(ConfigurationError, match=r"MuJoCo refuses the cabinet 'wall': .*range"):
        start("never-open")
