"""Cabinets from PartNet-Mobility, in folders as RLAfford prepares them.

A folder `<model>_<link>` holds `mobility.urdf` with its meshes and textures, `bounding_box.json`,
`handle.yaml` and `door.yaml`. What is seen are the meshes, merged by link and material; what is
touched are boxes (`boxes`). PartNet's frame has y up and z out of the front; the URDF's
fixed joint turns it to z up with the front at -x, and half a turn makes it the cabinet's frame.

The cabinet is placed so that its handle is where those of the generated cabinets are: as far in
front of the robot, and no farther up, down or aside than they. The scene `original` moves it to
where the original release has it, which `Origin` keeps.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

import numpy as np

from spawnnet_sim.cabinets.cabinet import (
    CabinetSpec,
    Handle,
    Joint,
    Material,
    Origin,
    ShapeError,
    Vector,
)
from spawnnet_sim.cabinets.handles import HANDLE_Y, HANDLE_Z, STANDOFF
from spawnnet_sim.cabinets.partnet.files import FIELD, AssetFiles
from spawnnet_sim.cabinets.partnet.lists import PARTNET_ALL, PARTNET_LISTS
from spawnnet_sim.cabinets.partnet.obj import Look, Surface, read_obj
from spawnnet_sim.cabinets.partnet.shapes import contact_shapes, corners_of, vector, visible_shapes
from spawnnet_sim.cabinets.partnet.urdf import URDF, Array, Furniture, read_urdf, turn
from spawnnet_sim.cabinets.placement import CLEARANCE
from spawnnet_sim.errors import ConfigurationError
from spawnnet_sim.rotations import quaternion_from_matrix

MAX_WIDTH = 0.075  # metres between the fingers
CLOUD = "point_clouds/pointcloud_tensor"
_BOX = tuple(f"bounding_box.{axis}{end}" for end in ("min", "max") for axis in "xyz")


def list_partnet(folder: Path, name: str = PARTNET_ALL) -> tuple[str, ...]:
    """Return the names of assets: of one of the paper's lists, or of all in a folder.

    Args:
        folder: Holds the assets' folders.
        name: One of `PARTNET_LISTS`, or `partnet` for every folder with a `mobility.urdf`, in
            natural order.

    Raises:
        ConfigurationError: If there is no such folder, or it holds no asset.
    """
    if not folder.is_dir():
        raise ConfigurationError(FIELD, f"there is no folder {str(folder)!r}.")
    if name != PARTNET_ALL:
        return PARTNET_LISTS[name]
    assets = [file.parent.name for file in folder.glob(f"*/{URDF}")]
    if not assets:
        raise ConfigurationError(FIELD, f"no folder in {str(folder)!r} holds a `{URDF}`.")
    return tuple(sorted(assets, key=_natural))


def require_clouds(folder: Path, name: str, numbers: range) -> None:
    """Check that some cabinets of a list have point clouds.

    Args:
        folder: Holds the assets' folders.
        name: Name of the list, see `list_partnet`.
        numbers: Which of the list, counted from 0.

    Raises:
        ConfigurationError: If one has none, or the folder holds no asset.
    """
    for asset in list_partnet(folder, name)[numbers.start : numbers.stop]:
        if not (folder / asset / CLOUD).is_file():
            message = f"PartNet asset {asset!r}: `{CLOUD}` is missing, which the expert reads."
            raise ConfigurationError(FIELD, message)


def load_partnet_cabinets(folder: Path, name: str, numbers: range) -> tuple[CabinetSpec, ...]:
    """Load some cabinets of a list.

    Args:
        folder: Holds the assets' folders.
        name: Name of the list, see `list_partnet`.
        numbers: Which of the list, counted from 0.

    Raises:
        ConfigurationError: If a folder or file is missing or broken, with asset and file in the
            message, or the list is shorter.
    """
    assets = list_partnet(folder, name)
    if numbers.stop > len(assets):
        raise ConfigurationError(
            "cabinets.count",
            f"with `first` must be at most {len(assets)} for {name!r}, got {numbers.stop}.",
        )
    return tuple(load_partnet(folder / assets[number]) for number in numbers)


def load_partnet(folder: Path) -> CabinetSpec:
    """Load one asset.

    Args:
        folder: Its folder, such as `.../44781_link_0`.

    Raises:
        ConfigurationError: If a file is missing or broken, with asset and file in the message, or
            the extra `partnet` is not installed.
    """
    files = AssetFiles(folder)
    try:
        return _load(files)
    except ShapeError as error:
        raise files.error(URDF, f"has {error}") from error
    except ConfigurationError:
        raise
    except Exception as error:  # files of strangers are wrong in more ways than can be listed
        reason = f"{' '.join(str(error).split())} ({type(error).__name__})"
        message = f"PartNet asset {files.name!r}: cannot be loaded, {reason}."
        raise ConfigurationError(FIELD, message) from error


def _load(files: AssetFiles) -> CabinetSpec:
    furniture = read_urdf(files)
    used = {use.file for use in (*furniture.visuals, *furniture.collisions)}
    meshes = {file: read_obj(files, file) for file in sorted(used)}
    to_cabinet, handle_position = _placement(files, furniture)
    pose = to_cabinet @ furniture.pose  # of the moving link
    to_part = to_cabinet.copy()
    to_part[:3, 3] -= pose[:3, 3]
    looks = _looks(surface.look for surfaces in meshes.values() for surface in surfaces)
    shapes = {
        moves: (
            *visible_shapes(furniture.visuals, meshes, frame, looks, moves),
            *contact_shapes(furniture.collisions, meshes, frame, looks, moves, files.name),
        )
        for moves, frame in ((False, to_cabinet), (True, to_part))
    }
    for moves, what in ((False, "body"), (True, "moving link")):
        if not any(shape.kind == "contact_box" for shape in shapes[moves]):
            raise files.error(URDF, f"gives its {what} nothing to touch")
    return CabinetSpec(
        name=f"{PARTNET_ALL}/{files.name}",
        body=shapes[False],
        part=shapes[True],
        joint=Joint(
            furniture.kind,
            vector(to_cabinet[:3, :3] @ furniture.axis),
            vector(pose[:3, 3]),
            furniture.upper,
        ),
        handle=_handle(furniture, meshes, to_part, handle_position),
        box=_box(files, pose),
        materials={name: _material(files, look) for look, name in looks.items()},
        origin=_origin(files, to_cabinet, pose),
        cloud_file=files.folder / CLOUD,
        urdf=files.folder / URDF,
    )


def _origin(files: AssetFiles, root: Array, link: Array) -> Origin:
    """Return the axes of root and moving link, `(4, 4)` poses in the cabinet's frame."""
    front, bottom = files.numbers("bounding_box.json", "max.2", "min.1")  # before scaling
    turned = [quaternion_from_matrix(pose[:3, :3]).tolist() for pose in (root, link)]
    place = (-front, 0.0, CLEARANCE - bottom)
    return Origin(vector(root[:3, 3]), tuple(turned[0]), tuple(turned[1]), place)


def _placement(files: AssetFiles, furniture: Furniture) -> tuple[Array, Array]:
    """Return the pose of the asset's root in the cabinet's frame, and the handle in its part's.

    The first is `(4, 4)`, the second `(3,)`.
    """
    pos = np.array(files.numbers("handle.yaml", "pos.x", "pos.y", "pos.z"))
    (bottom,) = files.numbers("bounding_box.json", "min.1")  # y is up; before scaling
    root = np.eye(4)
    root[:3, :3] = turn(2, np.pi)
    link = root @ furniture.pose
    root[2, 3] = -bottom * furniture.scale
    arm = link[:3, :3] @ pos
    handle = root[:3, 3] + link[:3, 3] + arm
    lower, upper = zip((STANDOFF, STANDOFF), HANDLE_Y, HANDLE_Z, strict=True)
    root[:3, 3] += np.clip(handle, lower, upper) - handle
    return root, arm


def _looks(looks: Iterable[Look]) -> dict[Look, str]:
    """Name the materials."""
    return {look: f"material{i}" for i, look in enumerate(dict.fromkeys(looks))}


def _material(files: AssetFiles, look: Look) -> Material:
    return Material(look.rgb, None if look.texture is None else files.image(look.texture))


def _handle(
    furniture: Furniture, meshes: dict[str, list[Surface]], to_part: Array, position: Array
) -> Handle:
    """Grasp the handle across its narrower side, seen from the front.

    The handle is what PartNet calls so, next to the point of `handle.yaml`.
    """
    moving = [use for use in furniture.visuals if use.moves and meshes[use.file]]
    named = [use for use in moving if "handle" in use.name] or moving
    bounds = []
    for use in named:
        points = corners_of(meshes[use.file], to_part @ use.pose).reshape(-1, 3)
        bounds.append((points.min(axis=0), points.max(axis=0)))
    lower, upper = (np.stack(each) for each in zip(*bounds, strict=True))
    outside = np.maximum(np.maximum(lower - position, position - upper), 0.0)
    distance = np.linalg.norm(outside, axis=1)
    near = distance < distance.min() + 0.005
    _, wide, high = upper[near].max(axis=0) - lower[near].min(axis=0)
    grip_axis = (0.0, 1.0, 0.0) if wide < high else (0.0, 0.0, 1.0)
    width = float(min(wide, high, MAX_WIDTH))
    return Handle("partnet", vector(position), grip_axis, width)


def _box(files: AssetFiles, pose: Array) -> tuple[Vector, Vector]:
    """Return the box of `door.yaml`, turned from the moving link's axes to the cabinet's."""
    ends = np.array(files.numbers("door.yaml", *_BOX)).reshape(2, 3)
    turned = ends @ pose[:3, :3].T
    return vector(turned.min(axis=0)), vector(turned.max(axis=0))


def _natural(name: str) -> list[tuple[int, str]]:
    """Order numbers by value: link_2 before link_10."""
    return [(int(word), "") if word.isdigit() else (0, word) for word in re.split(r"(\d+)", name)]
