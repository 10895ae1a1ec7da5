from pathlib import Path

import numpy as np
import pytest

from spawnnet_sim.cabinets.partnet.files import AssetFiles
from spawnnet_sim.cabinets.partnet.obj import GREY, Look, read_mtl, read_obj

POINTS = "v 0 0 0\nv 2 0 0\nv 2 1 0\nv 0 1 0\nvn 0 0 1\nvt 0.25 0.5\nvt 1 0\nvt 1 1\n"


@pytest.fixture
def asset(tmp_path: Path) -> Path:
    folder = tmp_path / "7_link_1"
    (folder / "meshes").mkdir(parents=True)
    (folder / "meshes" / "a.mtl").write_text(
        "newmtl wood\nKd 0.5 1 1\nmap_Kd ../images/t.jpg\nnewmtl black\nKd 0 0 0\nmap_Kd t.png\n"
        "newmtl red\nKd 1 0 0\nd 1\nillum 2\n"
    )
    return folder


def surfaces(asset: Path, text: str) -> dict[Look, np.ndarray]:
    (asset / "meshes" / "a.obj").write_text(text)
    return {each.look: each for each in read_obj(AssetFiles(asset), "meshes/a.obj")}  # type: ignore[misc]


def test_faces_with_and_without_coordinates_mix_in_one_material(asset: Path) -> None:
    by_look = surfaces(
        asset, f"mtllib a.mtl\n{POINTS}usemtl wood\nf 1/1/1 2/2/1 3/3/1\nf 1//1 3//1 4//1\n"
    )
    ((look, surface),) = by_look.items()
    assert look == Look((0.5, 1.0, 1.0), "images/t.jpg")
    np.testing.assert_allclose(surface.uv[0], [[0.25, 0.5], [1, 0], [1, 1]])
    np.testing.assert_allclose(surface.uv[1], 0)
    np.testing.assert_allclose(surface.corners[1], [[0, 0, 0], [2, 1, 0], [0, 1, 0]])


def test_a_file_is_split_by_material(asset: Path) -> None:
    by_look = surfaces(
        asset,
        f"mtllib a.mtl\n{POINTS}f 1 2 3\nusemtl red\nf 1 3 4\nusemtl wood\nf 1 2 4\nf 2 3 4\n",
    )
    assert [len(surface.corners) for surface in by_look.values()] == [1, 1, 2]
    assert list(by_look)[:2] == [GREY, Look((1.0, 0.0, 0.0), None)]


def test_polygons_become_fans_and_negative_numbers_count_from_the_end(asset: Path) -> None:
    ((_, surface),) = surfaces(asset, f"{POINTS}f -4 -3 -2 -1\n").items()
    np.testing.assert_allclose(surface.corners[1], [[0, 0, 0], [2, 1, 0], [0, 1, 0]])
    np.testing.assert_allclose(surface.normals, np.broadcast_to([0, 0, 1], (2, 3, 3)))


def test_triangles_are_turned_towards_their_normals(asset: Path) -> None:
    ((_, surface),) = surfaces(asset, f"{POINTS}f 1/1/1 3/3/1 2/2/1\n").items()
    a, b, c = surface.corners[0]
    assert np.cross(b - a, c - a)[2] > 0
    np.testing.assert_allclose(surface.uv[0], [[1, 0], [1, 1], [0.25, 0.5]])


def test_triangles_without_area_are_dropped(asset: Path) -> None:
    assert surfaces(asset, f"{POINTS}f 1 2 2\n") == {}


def test_black_beside_a_texture_means_white(asset: Path) -> None:
    assert read_mtl(AssetFiles(asset), "meshes/a.mtl")["black"].rgb == (1.0, 1.0, 1.0)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("v 0 0\n", "line 1"),
        (f"{POINTS}f 1 2 9\n", "line 9"),
        (f"{POINTS}f 1 2 x\n", "line 9"),
        ("v 0 0 nan\n", "line 1"),
        ("mtllib a.mtl\nusemtl gold\n", "'gold'"),
    ],
)
def test_a_broken_line_is_named(asset: Path, text: str, problem: str) -> None:
    with pytest.raises(ValueError, match=f"'7_link_1': `meshes/a.obj` .*{problem}"):
        surfaces(asset, text)
