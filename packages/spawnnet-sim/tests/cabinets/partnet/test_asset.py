from __future__ import annotations

import subprocess
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from spawnnet_sim import ConfigurationError
from spawnnet_sim.cabinets.cabinet import CabinetSpec
from spawnnet_sim.cabinets.partnet.asset import list_partnet, load_partnet, load_partnet_cabinets

SCALE, BOTTOM = 0.7, -0.5  # of the assets' meshes; see `partnet_assets`


@pytest.fixture
def broken(tmp_path: Path, partnet_assets: ModuleType) -> Path:
    written: Path = partnet_assets.write_asset(tmp_path, "45007_link_1")
    return written


def test_the_drawer_slides_out_of_the_front_and_the_door_turns_outwards(
    drawer: CabinetSpec, door: CabinetSpec
) -> None:
    assert (drawer.joint.kind, drawer.joint.upper) == ("slide", 0.28)
    np.testing.assert_allclose(drawer.joint.axis, (1, 0, 0), atol=1e-9)
    assert (door.joint.kind, door.joint.upper) == ("hinge", 1.5)
    opening = np.cross(door.joint.axis, door.handle.position)  # of the handle, per radian
    assert opening[0] > 0.3
    np.testing.assert_allclose(door.joint.axis, (0, 0, 1), atol=1e-9)


def test_handles_are_grasped_across_their_narrow_side(
    drawer: CabinetSpec, door: CabinetSpec
) -> None:
    assert drawer.handle.grip_axis == (0, 0, 1)
    assert door.handle.grip_axis == (0, 1, 0)
    assert drawer.handle.width == pytest.approx(SCALE * 0.03, abs=1e-6)
    x, y, z = drawer.handle_position
    assert x == pytest.approx(0.045)
    assert -0.16 <= y <= 0.16
    assert 0.9 <= z <= 1.14


def test_meshes_are_scaled_and_turned_to_the_cabinets_frame(drawer: CabinetSpec) -> None:
    points = np.concatenate([s.mesh.vertices for s in drawer.body if s.mesh is not None])
    np.testing.assert_allclose(np.ptp(points, axis=0), SCALE * np.array([0.8, 1.0, 1.0]), atol=1e-5)
    height = drawer.handle_position[2] - points[:, 2].min()
    assert height == pytest.approx(SCALE * (0.29 - BOTTOM), abs=1e-5)
    lower, upper = np.array(drawer.box)
    np.testing.assert_allclose(upper - lower, SCALE * np.array([0.05, 0.88, 0.26]), atol=1e-5)


def test_the_second_load_takes_its_boxes_from_disk(
    drawers: Path, drawer: CabinetSpec, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("CoACD must not run again.")

    monkeypatch.setattr(subprocess, "run", refuse)
    again = load_partnet(drawers / "40147_link_1")
    boxes = [s for s in again.part if s.kind == "contact_box"]
    assert boxes == [s for s in drawer.part if s.kind == "contact_box"]


@pytest.mark.parametrize(
    ("file", "content"),
    [
        ("mobility.urdf", "<robot>"),
        ("mobility.urdf", "<robot name='empty'/>"),
        ("handle.yaml", "pos: {x: 1.0, y: 2.0}"),
        ("handle.yaml", "pos: ["),
        ("door.yaml", "bounding_box: 3"),
        ("bounding_box.json", '{"min": [0.0, "low", 0.0]}'),
        ("textured_objs/original-3.obj", "v 0 0 0\nf 1 2 9\n"),
        ("textured_objs/original-3.mtl", "newmtl plain\nKd red\n"),
        ("images/texture_1.png", "no picture"),
    ],
)
def test_a_broken_or_missing_file_is_named_with_its_asset(
    broken: Path, file: str, content: str
) -> None:
    (broken / file).write_text(content)
    with pytest.raises(ValueError, match=f"'45007_link_1': `{file}`"):
        load_partnet(broken)
    (broken / file).unlink()
    with pytest.raises(ConfigurationError, match=f"'45007_link_1': `{file}` is missing"):
        load_partnet(broken)


def test_folders_are_listed_in_natural_order(tmp_path: Path) -> None:
    for name in ("9_link_10", "9_link_2", "10_link_0", "notes"):
        (tmp_path / name).mkdir()
    for name in ("9_link_10", "9_link_2", "10_link_0"):
        (tmp_path / name / "mobility.urdf").touch()
    assert list_partnet(tmp_path) == ("9_link_2", "9_link_10", "10_link_0")


def test_a_list_may_be_longer_than_a_folder_but_not_shorter_than_what_is_asked_for(
    drawers: Path,
) -> None:
    with pytest.raises(ConfigurationError, match="'41083_link_3'"):
        load_partnet_cabinets(drawers, "partnet-drawer-train", range(2))
    with pytest.raises(ValueError, match=r"^cabinets.count: with `first` must be at most 1"):
        load_partnet_cabinets(drawers, "partnet", range(2))
