"""Writes assets with the traits of PartNet-Mobility as RLAfford prepares it, for the tests."""

from __future__ import annotations

import itertools
import json
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import yaml
from numpy.typing import NDArray
from PIL import Image

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
