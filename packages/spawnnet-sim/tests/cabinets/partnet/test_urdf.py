from pathlib import Path

import numpy as np
import pytest

from spawnnet_sim.cabinets.partnet.files import AssetFiles
from spawnnet_sim.cabinets.partnet.urdf import Furniture, read_urdf, turn

MESH = '<geometry><mesh filename="m.obj" scale="0.7 0.7 0.7"/></geometry>'
FIXED = '<joint name="f" type="fixed"><origin xyz="1 2 3" rpy="0 0 1.5707963267948966"/>'
ENDS = '<parent link="base"/><child link="body"/></joint>'


def read(folder: Path, joint: str, links: str = "") -> Furniture:
    (folder / "mobility.urdf").write_text(
        f'<robot name="r">{joint}<link name="base"/><link name="part"><visual name="handle-1">'
        f'<origin xyz="0 0 0.5"/>{MESH}</visual></link><link name="body"/>{FIXED}{ENDS}{links}'
        "</robot>"
    )
    return read_urdf(AssetFiles(folder))


def joint(kind: str = "revolute", limits: str = 'lower="-0.0" upper="1.2"') -> str:
    return (
        f'<joint name="j" type="{kind}"><origin xyz="1 0 0"/><axis xyz="0 -2 0"/>'
        f'<parent link="body"/><child link="part"/><limit {limits}/></joint>'
    )


def test_poses_are_chained_whatever_the_order_of_links_and_joints(tmp_path: Path) -> None:
    furniture = read(tmp_path, joint())
    np.testing.assert_allclose(furniture.pose[:3, 3], (1, 3, 3), atol=1e-12)
    np.testing.assert_allclose(furniture.axis, (1, 0, 0), atol=1e-12)
    ((use,), ()) = furniture.visuals, furniture.collisions
    assert (use.name, use.file, use.moves) == ("handle-1", "m.obj", True)
    np.testing.assert_allclose(use.pose @ (1, 0, 0, 1), (1, 3.7, 3.5, 1), atol=1e-12)
    assert (furniture.kind, furniture.upper) == ("hinge", 1.2)
    assert furniture.scale == pytest.approx(0.7)


def test_what_hangs_on_the_moving_link_moves_too(tmp_path: Path) -> None:
    knob = f'<link name="knob"><collision>{MESH}</collision></link><joint name="k" type="fixed">'
    knob += '<parent link="part"/><child link="knob"/></joint>'
    assert [use.moves for use in read(tmp_path, joint(), knob).collisions] == [True]


def test_a_joint_that_opens_backwards_is_turned_round(tmp_path: Path) -> None:
    furniture = read(tmp_path, joint("prismatic", 'lower="-0.4" upper="0"'))
    assert (furniture.kind, furniture.upper) == ("slide", 0.4)
    np.testing.assert_allclose(furniture.axis, (-1, 0, 0), atol=1e-12)


@pytest.mark.parametrize(
    ("text", "links", "problem"),
    [
        ("", "", "exactly one free joint, has 0"),
        (joint() + joint().replace("part", "body2"), '<link name="body2"/>', "has 2"),
        (joint(limits='lower="0" upper="0"'), "", "cannot move"),
        (joint(limits='lower="0" upper="far"'), "", "upper='far', expected 1 numbers"),
        (joint().replace('<child link="part"/>', ""), "", "child of joint 'j'"),
        (joint(), '<link name="b"><visual><geometry><box size="1"/></geometry></visual></link>',
         "not a mesh"),
    ],
)  # fmt: skip
def test_a_broken_urdf_is_named(tmp_path: Path, text: str, links: str, problem: str) -> None:
    with pytest.raises(ValueError, match=f"`mobility.urdf` .*{problem}"):
        read(tmp_path, text, links)


def test_a_joint_without_an_axis_is_named(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"`mobility\.urdf` has a joint without an axis"):
        read(tmp_path, joint().replace("0 -2 0", "0 0 0"))


def test_turns_are_right_handed() -> None:
    np.testing.assert_allclose(turn(1, np.pi / 2) @ (0, 0, 1), (1, 0, 0), atol=1e-12)
