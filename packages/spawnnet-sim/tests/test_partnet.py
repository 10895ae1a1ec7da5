"""Assets are written here with the traits of PartNet-Mobility as RLAfford prepares it."""

from __future__ import annotations

import itertools
import json
import subprocess
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import pytest
import yaml
from numpy.typing import NDArray
from PIL import Image
from typer.testing import CliRunner

from spawnnet_sim import EnvironmentConfig, create_environment, create_expert
from spawnnet_sim.cabinet import CabinetSpec
from spawnnet_sim.cli import app
from spawnnet_sim.factory import check_environment, partnet_config
from spawnnet_sim.partnet import list_partnet, load_partnet, load_partnet_cabinets
from spawnnet_sim.rendering import available

HERE = [*[*filter(available, ("egl", "osmesa"))][:1], "warp"]  # one OpenGL per process
SCALE = 0.7  # of the meshes in the URDF
FRONT, TOP, BOTTOM = 0.4, 0.5, -0.5  # of the cabinet, before scaling; y up, z out of the front

Array = NDArray[np.float64]


@dataclass
class Part:
    """Triangles in PartNet's frame, before scaling; every second face without coordinates."""

    link: int
    name: str
    corners: list[Array] = field(default_factory=list)  # (3, 3) each

    def box(self, low: tuple[float, ...], high: tuple[float, ...]) -> Part:
        """Add the twelve triangles of a box."""
        ends = np.array([low, high])
        corner = np.array([[ends[k, i] for i, k in enumerate(pick)] for pick in _CORNERS])
        self.corners += [corner[list(face)] for face in _FACES]
        return self

    def sheet(self, low: tuple[float, float], high: tuple[float, float], z: float) -> Part:
        """Add a rectangle that looks along z."""
        (x0, y0), (x1, y1) = low, high
        corner = np.array([[x0, y0, z], [x1, y0, z], [x1, y1, z], [x0, y1, z]])
        self.corners += [corner[[0, 1, 2]], corner[[0, 2, 3]]]
        return self


_CORNERS = list(itertools.product((0, 1), repeat=3))
_FACES = [
    (0, 1, 3), (0, 3, 2), (4, 6, 7), (4, 7, 5), (0, 4, 5), (0, 5, 1),
    (2, 3, 7), (2, 7, 6), (0, 2, 6), (0, 6, 4), (1, 5, 7), (1, 7, 3),
]  # fmt: skip


def body_parts() -> list[Part]:
    """A cabinet with an opening at the top of its front; of link 1, which does not move."""
    return [
        Part(1, "frame_vertical-1").box((-0.5, BOTTOM, -0.4), (-0.47, TOP, FRONT - 0.03)),
        Part(1, "frame_vertical-1").box((0.47, BOTTOM, -0.4), (0.5, TOP, FRONT - 0.03)),
        Part(1, "top_panel-2").box((-0.5, TOP - 0.03, -0.4), (0.5, TOP, FRONT)),
        Part(1, "bottom_panel-2").box((-0.5, BOTTOM, -0.4), (0.5, BOTTOM + 0.03, FRONT)),
        Part(1, "back_panel-3").sheet((-0.47, BOTTOM), (0.47, TOP), -0.39),
        Part(1, "drawer_front-7").box((-0.46, -0.46, 0.34), (0.46, 0.1, FRONT - 0.02)),
        _frame(Part(1, "frame_horizontal_bar-8")),
    ]


def drawer_parts() -> list[Part]:
    """A drawer with a flat front that stands off another, a flat bottom and a bar to pull."""
    return [
        Part(0, "drawer_front-23").box((-0.44, 0.16, 0.35), (0.44, 0.42, FRONT - 0.0005)),
        Part(0, "drawer_front-23").sheet((-0.4, 0.2), (0.4, 0.38), FRONT),
        Part(0, "drawer_box_bottom-25").sheet((-0.4, 0.17), (0.4, 0.4), -0.2),
        Part(0, "drawer_box_side-26").box((-0.41, 0.17, -0.2), (-0.4, 0.38, 0.35)),
        Part(0, "drawer_box_side-26").box((0.4, 0.17, -0.2), (0.41, 0.38, 0.35)),
        _bar(Part(0, "handle-28"), (0.0, 0.29), (0.12, 0.015)),
    ]


def door_parts() -> list[Part]:
    """A door with an upright bar, far from its hinge on the right."""
    return [
        Part(0, "cabinet_door_surface-23").box((-0.2, 0.16, 0.36), (0.44, 0.42, FRONT - 0.001)),
        Part(0, "cabinet_door_surface-23").sheet((-0.2, 0.16), (0.44, 0.42), FRONT),
        _bar(Part(0, "handle-5"), (-0.12, 0.29), (0.015, 0.09)),
    ]


def _frame(part: Part) -> Part:
    """A flat frame around the opening of the drawer."""
    for low, high in (
        ((-0.5, 0.1), (0.5, 0.15)), ((-0.5, 0.43), (0.5, 0.5)),
        ((-0.5, 0.15), (-0.45, 0.43)), ((0.45, 0.15), (0.5, 0.43)),
    ):  # fmt: skip
        part.sheet(low, high, FRONT - 0.01)
    return part


def _bar(part: Part, middle: tuple[float, float], half: tuple[float, float]) -> Part:
    """A bar on two posts, in one piece that is not convex."""
    (x, y), (dx, dy) = middle, half
    part.box((x - dx, y - dy, FRONT + 0.04), (x + dx, y + dy, FRONT + 0.07))
    for side in (-1, 1):
        px, py = x + side * (dx - 0.015), y + side * (dy - 0.015)
        part.box((px - 0.015, py - 0.015, FRONT), (px + 0.015, py + 0.015, FRONT + 0.04))
    return part


def write_obj(folder: Path, index: int, part: Part) -> str:
    """Write `original-<index>.obj` and `.mtl`; return the path inside the asset."""
    objects = folder / "textured_objs"
    objects.mkdir(parents=True, exist_ok=True)
    (objects / f"original-{index}.mtl").write_text(
        f"newmtl wood-{index}\nKd 1.0 1.0 1.0\nKs 0.1 0.1 0.1\nNs 20\nd 1\nillum 2\n"
        f"map_Kd ../images/texture_{index % 2}.{('jpg', 'png')[index % 2]}\n"
        f"newmtl plain\nKd 0.8 0.3 0.2\nKs 0 0 0\nNs 1\nd 1.0\nillum 2\n"
    )
    lines = [f"mtllib original-{index}.mtl", f"g {part.name}"]
    groups: dict[bool, list[str]] = {True: [], False: []}
    for number, corners in enumerate(part.corners):
        normal = np.cross(corners[1] - corners[0], corners[2] - corners[0])
        normal /= np.linalg.norm(normal)
        flat = [axis for axis in range(3) if axis != int(np.argmax(np.abs(normal)))]
        lines += [f"v {x:.6f} {y:.6f} {z:.6f}" for x, y, z in corners]
        lines += [f"vt {u:.6f} {v:.6f}" for u, v in 2.0 * corners[:, flat]]
        lines += ["vn {:.6f} {:.6f} {:.6f}".format(*normal)]
        first, at = 3 * number + 1, number + 1
        has_uv = abs(normal[2]) > 0.5  # what looks to the front or back is textured
        form = "{0}/{0}/{1}" if has_uv else "{0}//{1}"
        groups[has_uv].append(" ".join(["f", *(form.format(first + k, at) for k in range(3))]))
    lines += [f"usemtl wood-{index}", *groups[True], "usemtl plain", *groups[False]]
    (objects / f"original-{index}.obj").write_text("\n".join(lines) + "\n")
    return f"textured_objs/original-{index}.obj"


def write_asset(root: Path, name: str, *, is_door: bool = False) -> Path:
    """Write a cabinet with a drawer, or with a door."""
    folder = root / name
    parts = body_parts() + (door_parts() if is_door else drawer_parts())
    files = [write_obj(folder, index, part) for index, part in enumerate(parts)]
    origin = SCALE * np.array([0.45, 0.0, 0.37] if is_door else [0.0, 0.1, 0.3])
    write_urdf(folder, parts, files, origin, is_door=is_door)
    low, high = [-0.5, BOTTOM, -0.4], [0.5, TOP, FRONT + 0.07]
    (folder / "bounding_box.json").write_text(json.dumps({"min": low, "max": high}))
    grasp = [-0.12, 0.29, FRONT + 0.05] if is_door else [0.0, 0.29, FRONT + 0.05]
    pos = dict(zip("xyz", (SCALE * np.array(grasp) - origin).tolist(), strict=True))
    (folder / "handle.yaml").write_text(yaml.safe_dump({"has_handle": True, "pos": pos}))
    front = [[-0.2, 0.16, 0.36], [0.44, 0.42, FRONT]] if is_door else DRAWER_BOX
    ends = SCALE * np.array(front) - origin
    box = {f"{a}{e}": float(ends[k, i]) for i, a in enumerate("xyz") for k, e in _ENDS}
    (folder / "door.yaml").write_text(yaml.safe_dump({"bounding_box": box, "open_dir": 1}))
    write_images(folder)
    return folder


DRAWER_BOX = [[-0.44, 0.16, 0.35], [0.44, 0.42, FRONT]]
_ENDS = ((0, "min"), (1, "max"))


def write_urdf(
    folder: Path, parts: list[Part], files: list[str], origin: Array, *, is_door: bool
) -> None:
    """Write `mobility.urdf`: joints before links, no inertia, no effort, names that repeat."""
    kind, axis, upper = ("revolute", "0 1 0", 1.5) if is_door else ("prismatic", "0 0 1", 0.28)
    links = ""
    for link in (1, 0):
        shift = " ".join(f"{-x:.6f}" for x in (1 - link) * origin)
        elements = [
            f'<{tag} name="{part.name}"><origin xyz="{shift}"/><geometry>'
            f'<mesh filename="{file}" scale="{SCALE} {SCALE} {SCALE}"/></geometry></{tag}>'
            for part, file in zip(parts, files, strict=True)
            for tag in ("visual", "collision")
            if part.link == link
        ]
        links += f'<link name="link_{link}">{"".join(elements)}</link>'
    (folder / "mobility.urdf").write_text(
        '<?xml version="1.0" ?><robot name="partnet">'
        f'<joint name="joint_0" type="{kind}"><origin xyz="{" ".join(map(str, origin))}"/>'
        f'<axis xyz="{axis}"/><parent link="link_1"/><child link="link_0"/>'
        f'<limit lower="-0.0" upper="{upper}"/></joint><link name="base"/>{links}'
        f'<joint name="joint_1" type="fixed"><origin rpy="{np.pi / 2} 0 {-np.pi / 2}" xyz="0 0 0"/>'
        '<parent link="base"/><child link="link_1"/></joint></robot>'
    )


def write_images(folder: Path) -> None:
    """Write a reddish and a bluish texture, one of each format."""
    images = folder / "images"
    images.mkdir()
    grain = 110 + 100 * (np.indices((60, 90)).sum(axis=0) // 10 % 2)
    for number, (suffix, tint) in enumerate((("jpg", (1.0, 0.8, 0.5)), ("png", (0.4, 0.6, 1.0)))):
        picture = (grain[..., None] * tint).astype(np.uint8)
        Image.fromarray(picture).save(images / f"texture_{number}.{suffix}")


@pytest.fixture(scope="module", autouse=True)
def _own_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
        yield


@pytest.fixture(scope="module")
def drawers(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("drawers")
    write_asset(folder, "40147_link_1")
    return folder


@pytest.fixture(scope="module")
def doors(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("doors")
    write_asset(folder, "44781_link_0", is_door=True)
    return folder


@pytest.fixture(scope="module")
def drawer(drawers: Path) -> CabinetSpec:
    return load_partnet(drawers / "40147_link_1")


@pytest.fixture(scope="module")
def door(doors: Path) -> CabinetSpec:
    return load_partnet(doors / "44781_link_0")


@pytest.fixture
def broken(tmp_path: Path) -> Path:
    return write_asset(tmp_path, "45007_link_1")


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


def test_meshes_are_merged_by_material_and_show_their_front(drawer: CabinetSpec) -> None:
    surfaces = [shape for shape in drawer.part if shape.mesh is not None]
    assert len(surfaces) == len({shape.material for shape in surfaces}) == 3
    textured = [drawer.materials[s.material].texture is not None for s in surfaces]
    assert sorted(textured) == [False, True, True]
    for shape, has_texture in zip(surfaces, textured, strict=True):
        assert shape.mesh is not None
        assert (shape.mesh.uv is not None) == has_texture
        a, b, c = np.moveaxis(shape.mesh.vertices[shape.mesh.faces], 1, 0)
        across = np.cross(b - a, c - a)
        assert (np.sum(across * shape.mesh.normals[shape.mesh.faces[:, 0]], axis=1) > 0).all()


def test_flat_parts_become_thin_boxes_and_the_opening_stays_open(drawer: CabinetSpec) -> None:
    kinds = Counter(shape.kind for shape in drawer.body)
    assert kinds == {"mesh": 3, "contact_box": 6 + 4}  # six panels, and four around the opening
    thin = [s for s in drawer.body if s.kind == "contact_box" and min(s.size) < 0.003]
    assert len(thin) == 1 + 4
    grasped = [s for s in drawer.part if s.kind == "contact_box"]
    assert len(grasped) >= 5 + 3  # the handle is cut into bar and posts


def test_the_second_load_takes_its_boxes_from_disk(
    drawers: Path, drawer: CabinetSpec, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("CoACD must not run again.")

    monkeypatch.setattr(subprocess, "run", refuse)
    again = load_partnet(drawers / "40147_link_1")
    boxes = [s for s in again.part if s.kind == "contact_box"]
    assert boxes == [s for s in drawer.part if s.kind == "contact_box"]


@pytest.mark.parametrize("kind", ["drawer", "door"])
def test_the_expert_opens_it(kind: str, request: pytest.FixtureRequest) -> None:
    config = partnet_config(f"open_{kind}", request.getfixturevalue(f"{kind}s"))
    config = replace(config, cameras=())
    expert = create_expert(config)
    with closing(create_environment(config, num_cells=6)) as cells:
        cells.reset(seed=3)
        for _ in range(cells.episode_steps):
            *_, info = cells.step(expert.act(cells.privileged_state()))
    assert info["success"].all(), info["opened"]


def test_both_renderers_agree_on_cells_with_different_meshes(tmp_path: Path) -> None:
    write_asset(tmp_path, "1_link_0")
    write_asset(tmp_path, "2_link_0")
    urdf = tmp_path / "1_link_0" / "mobility.urdf"  # its drawer loses the flat front
    urdf.write_text(urdf.read_text().replace("original-8.obj", "original-7.obj"))
    images = {}
    for renderer in HERE:
        config = EnvironmentConfig(
            partnet=str(tmp_path), cabinets="partnet", num_cabinets=2, renderer=renderer,
            image_size=(96, 128), cameras=("close_left", "right"),
        )  # fmt: skip
        with closing(create_environment(config)) as cells:
            images[renderer], _ = cells.reset(seed=1)
    first, *others = images.values()
    assert (first["rgb"][0] != first["rgb"][1]).mean() > 0.02
    for other in others:
        difference = np.abs(first["rgb"].astype(float) - other["rgb"])
        assert difference.mean(axis=(2, 3, 4)).max() < 6
        assert (np.abs(first["depth"] - other["depth"]) < 0.01).mean() > 0.99


def test_a_textures_first_row_is_its_top(tmp_path: Path) -> None:
    asset = write_asset(tmp_path, "1_link_0")
    obj = asset / "textured_objs" / "original-8.obj"  # the flat front; one image from edge to edge
    lines = [line for line in obj.read_text().splitlines() if not line.startswith("vt")]
    corners = [(0, 0), (1, 0), (1, 1), (0, 0), (1, 1), (0, 1)]
    obj.write_text("\n".join([*(f"vt {u} {v}" for u, v in corners), *lines]))
    picture = np.zeros((40, 60, 3), np.uint8)
    picture[:20, :, 0] = picture[20:, :, 2] = 255  # red above blue
    Image.fromarray(picture).save(asset / "images" / "own.png")
    mtl = obj.with_suffix(".mtl")
    mtl.write_text(mtl.read_text().replace("texture_0.jpg", "own.png"))
    for renderer in HERE:
        config = replace(
            partnet_config("open_drawer", tmp_path), renderer=renderer, cameras=("close_left",)
        )
        with closing(create_environment(config)) as cells:
            rgb = cells.reset(seed=0)[0]["rgb"][0, 0].astype(int)
        rows = np.arange(rgb.shape[1])[:, None]
        red = (rgb[0] > 100) & (rgb[1:].max(axis=0) < 40)
        blue = (rgb[2] > 100) & (rgb[:2].max(axis=0) < 40)
        assert min(red.sum(), blue.sum()) > 50
        both = red.any(axis=0) & blue.any(axis=0)  # columns of the image
        lowest_red = np.where(red, rows, 0).max(axis=0)
        lowest_blue = np.where(blue, rows, 0).max(axis=0)
        assert both.any()
        assert (lowest_red < lowest_blue)[both].all()


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
    with pytest.raises(FileNotFoundError, match=f"'45007_link_1': `{file}` is missing"):
        load_partnet(broken)


def test_lists_and_folders_are_checked_before_anything_is_built(drawers: Path, doors: Path) -> None:
    with pytest.raises(ValueError, match="`cabinets` is unknown: 'drawer-train-v1'"):
        EnvironmentConfig(partnet=str(drawers))
    with pytest.raises(FileNotFoundError, match="`partnet`: no folder"):
        check_environment(EnvironmentConfig(partnet="nowhere", cabinets="partnet"))
    with pytest.raises(FileNotFoundError, match="'41083_link_3'"):
        load_partnet_cabinets(drawers, "partnet-drawer-train", 2, joint="slide")
    with pytest.raises(ValueError, match="`num_cabinets` must be at most 1"):
        load_partnet_cabinets(drawers, "partnet", 2, joint="slide")
    with pytest.raises(ValueError, match="has a hinge, the task needs a slide"):
        load_partnet_cabinets(doors, "partnet", 1, joint="slide")


def test_folders_are_listed_in_natural_order(tmp_path: Path) -> None:
    for name in ("9_link_10", "9_link_2", "10_link_0", "notes"):
        (tmp_path / name).mkdir()
    for name in ("9_link_10", "9_link_2", "10_link_0"):
        (tmp_path / name / "mobility.urdf").touch()
    assert list_partnet(tmp_path) == ("9_link_2", "9_link_10", "10_link_0")


def test_the_command_previews_a_folder(doors: Path, tmp_path: Path) -> None:
    result = CliRunner().invoke(
        app, ["preview", "open_door", "--partnet", str(doors), "--out", str(tmp_path)]
    )
    assert result.exit_code == 0, result.output
    assert {file.name for file in tmp_path.iterdir()} == {"partnet.png", "partnet.mp4"}
