"""Wavefront OBJ files with their materials, as PartNet-Mobility writes them.

One file mixes faces with and without texture coordinates and has several materials; libraries
that we tried drop all texture coordinates of such a file (trimesh 5.2) or refuse it (MuJoCo 4.0).
"""

from __future__ import annotations

import math
import posixpath
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from spawnnet_sim.cabinets.partnet.files import AssetFiles
from spawnnet_sim.errors import ConfigurationError

Array = NDArray[np.float64]


class Look(NamedTuple):
    """A material: diffuse colour in [0, 1], and the path of its texture inside the asset."""

    rgb: tuple[float, float, float]
    texture: str | None


class Surface(NamedTuple):
    """Triangles of one material.

    Attributes:
        look: The material.
        corners: `(m, 3, 3)`, three points per triangle.
        normals: `(m, 3, 3)` unit vectors; triangles run counter-clockwise around them.
        uv: `(m, 3, 2)` texture coordinates, zero where the file has none.
    """

    look: Look
    corners: Array
    normals: Array
    uv: Array


GREY = Look((0.7, 0.7, 0.7), None)  # of faces before any `usemtl`


@dataclass
class _Obj:
    """What has been read of a file; indices count from 0, -1 means none."""

    points: list[list[float]] = field(default_factory=list)
    uvs: list[list[float]] = field(default_factory=list)
    normals: list[list[float]] = field(default_factory=list)
    looks: dict[str, Look] = field(default_factory=dict)
    faces: dict[Look, list[list[tuple[int, int, int]]]] = field(default_factory=dict)
    look: Look = GREY


def read_obj(files: AssetFiles, file: str) -> list[Surface]:
    """Read an OBJ file and the materials it names, one surface per material.

    Args:
        files: The asset.
        file: Path inside the asset's folder.

    Raises:
        ConfigurationError: If the file or one that it names is missing or broken; the message has
            the number of the line.
    """
    obj = _Obj()
    for number, line in enumerate(files.text(file).splitlines(), start=1):
        words = line.split()
        if not words:
            continue
        try:
            _read_line(files, file, obj, words)
        except ConfigurationError:
            raise
        except (ValueError, IndexError) as error:
            raise files.error(file, f"is broken in line {number}, {line.strip()!r}") from error
    surfaces = (_surface(obj, look, faces) for look, faces in obj.faces.items())
    return [surface for surface in surfaces if len(surface.corners)]


def _read_line(files: AssetFiles, file: str, obj: _Obj, words: list[str]) -> None:
    match words[0]:
        case "v":
            obj.points.append(_numbers(words[1:4], 3))
        case "vt":
            obj.uvs.append(_numbers(words[1:3], 2))
        case "vn":
            obj.normals.append(_numbers(words[1:4], 3))
        case "f":
            corners = [_corner(obj, word) for word in words[1:]]
            fan = [[corners[0], *corners[i : i + 2]] for i in range(1, len(corners) - 1)]
            obj.faces.setdefault(obj.look, []).extend(fan)
        case "mtllib":
            obj.looks |= read_mtl(files, posixpath.join(posixpath.dirname(file), words[1]))
        case "usemtl":
            if words[1] not in obj.looks:
                raise files.error(file, f"uses the material {words[1]!r}, which no file defines")
            obj.look = obj.looks[words[1]]


def _numbers(words: list[str], count: int) -> list[float]:
    numbers = [float(word) for word in words]
    if len(numbers) != count or not all(map(math.isfinite, numbers)):
        raise ValueError
    return numbers


def _corner(obj: _Obj, word: str) -> tuple[int, int, int]:
    """Return the indices of point, texture coordinate and normal in `a`, `a/b`, `a//c`, `a/b/c`."""
    parts = [int(part) if part else 0 for part in word.split("/")]
    point, uv, normal = [*parts, 0, 0][:3]
    if not point:
        raise ValueError
    return (
        _index(point, len(obj.points)),
        _index(uv, len(obj.uvs)),
        _index(normal, len(obj.normals)),
    )


def _index(number: int, count: int) -> int:
    """Turn a number that counts from 1, or from the end if negative, into an index."""
    if abs(number) > count:
        raise IndexError
    return number - 1 if number >= 0 else count + number


def _surface(obj: _Obj, look: Look, faces: list[list[tuple[int, int, int]]]) -> Surface:
    point, uv, normal = np.moveaxis(np.array(faces, int), 2, 0)  # (m, 3) each
    corners = np.array(obj.points)[point]
    across = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    length = np.linalg.norm(across, axis=1)
    across /= np.maximum(length, 1e-30)[:, None]
    normals = np.where(
        (normal >= 0)[..., None], np.array([*obj.normals, [0.0] * 3])[normal], across[:, None]
    )
    uvs = np.array([*obj.uvs, [0.0] * 2])[uv]  # -1 takes the last
    # Renderers show a triangle only from its front, which not every file gets right.
    back = np.sum(normals.mean(axis=1) * across, axis=1) < 0
    for each in (corners, normals, uvs):
        each[back] = each[back][:, ::-1]
    keep = length > 0
    return Surface(look, corners[keep], normals[keep], uvs[keep])


def read_mtl(files: AssetFiles, file: str) -> dict[str, Look]:
    """Read the materials of an MTL file: `Kd` and `map_Kd`, all that our renderers show.

    Raises:
        ConfigurationError: If the file is missing or broken.
    """
    looks: dict[str, Look] = {}
    name = ""
    for line in files.text(file).splitlines():
        words = line.split()
        match words[:1]:
            case ["newmtl"]:
                name = words[-1]
                looks[name] = GREY
            case ["Kd"] if name:
                looks[name] = looks[name]._replace(rgb=_colour(files, file, words[1:]))
            case ["map_Kd"] if name:
                path = posixpath.join(posixpath.dirname(file), words[-1].replace("\\", "/"))
                looks[name] = looks[name]._replace(texture=posixpath.normpath(path))
    return {name: _lit(look) for name, look in looks.items()}


def _colour(files: AssetFiles, file: str, words: list[str]) -> tuple[float, float, float]:
    try:
        r, g, b = (min(max(float(word), 0.0), 1.0) for word in words)
    except ValueError as error:
        raise files.error(file, f"has the colour {words}, expected three numbers") from error
    return r, g, b


def _lit(look: Look) -> Look:
    """Colours multiply textures; some exporters write black beside a texture and mean white."""
    return Look((1.0, 1.0, 1.0), look.texture) if look.texture and not any(look.rgb) else look
