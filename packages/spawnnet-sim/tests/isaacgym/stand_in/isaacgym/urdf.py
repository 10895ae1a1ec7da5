"""URDF files as trees of links."""

from pathlib import Path
from typing import Any, List, NamedTuple, Optional
from xml.etree import ElementTree as ET

import numpy as np


class Solid(NamedTuple):
    """A shape on a link: `size` as MuJoCo counts; meshes are boxes around them."""

    kind: str
    size: np.ndarray
    pose: np.ndarray
    rgba: np.ndarray


class Link(NamedTuple):
    """A link with the joint that moves it."""

    name: str
    pose: np.ndarray
    joint: Optional[Any]
    seen: List[Solid]
    touched: List[Solid]
    inertial: Optional[Any]
    children: List[Any]


class Asset:
    """What was loaded."""

    def __init__(self, root: Link, options: Any) -> None:
        self.root, self.options = root, options

    def links(self) -> List[Link]:
        """Return all links, parents first, siblings in order of their names."""
        found, open_links = [], [self.root]
        while open_links:
            link = open_links.pop()
            found.append(link)
            open_links += sorted(link.children, key=lambda each: each.name, reverse=True)
        return found

    def joints(self) -> List[Any]:
        """Return the joints that move, in the order of their links."""
        return [link.joint for link in self.links() if link.joint is not None]


def read(folder: str, file: str, options: Any) -> Asset:
    """Read a URDF."""
    document = ET.parse(str(Path(folder, file))).getroot()
    joints = document.findall("joint")
    by_name = {link.get("name"): link for link in document.findall("link")}
    below = {}  # type: Dict[str, List[Any]]
    for joint in joints:
        below.setdefault(joint.find("parent").get("link"), []).append(joint)
    children = {joint.find("child").get("link") for joint in joints}
    (root,) = set(by_name) - children

    def build(name: str, joint: Any) -> Link:
        element = by_name[name]
        moves = joint is not None and joint.get("type") != "fixed"
        link = Link(
            name,
            _pose(joint),
            joint if moves else None,
            _solids(folder, element, "visual"),
            _solids(folder, element, "collision"),
            element.find("inertial"),
            [],
        )
        for each in below.get(name, []):
            child = build(each.find("child").get("link"), each)
            if options.collapse_fixed_joints and child.joint is None:
                _merge(link, child)
            else:
                link.children.append(child)
        return link

    return Asset(build(root, None), options)


def sphere(radius: float, options: Any) -> Asset:
    """Return an asset that is a ball."""
    solid = Solid("sphere", np.array([radius, 0, 0]), np.eye(4), np.ones(4))
    return Asset(Link("sphere", np.eye(4), None, [solid], [], None, []), options)


def _merge(link: Link, child: Link) -> None:
    """Put what a fixed link has onto its parent."""
    for mine, its in ((link.seen, child.seen), (link.touched, child.touched)):
        mine.extend(solid._replace(pose=child.pose @ solid.pose) for solid in its)
    link.children.extend(each._replace(pose=child.pose @ each.pose) for each in child.children)


def _solids(folder: str, link: Any, use: str) -> List[Solid]:
    found = []
    for element in link.findall(use):
        (shape,) = element.find("geometry")
        rgba = np.array([0.7, 0.7, 0.7, 1.0])
        if element.find("material/color") is not None:
            rgba = numbers(element.find("material/color").get("rgba"))
        kind, size, offset = _geometry(folder, shape)
        pose = _pose(element)
        pose[:3, 3] += pose[:3, :3] @ offset
        found.append(Solid(kind, size, pose, rgba))
    return found


def _geometry(folder: str, shape: Any) -> Any:
    if shape.tag == "box":
        return "box", numbers(shape.get("size")) / 2, np.zeros(3)
    if shape.tag == "sphere":
        return "sphere", np.array([float(shape.get("radius")), 0, 0]), np.zeros(3)
    if shape.tag == "cylinder":
        size = [float(shape.get("radius")), float(shape.get("length")) / 2, 0]
        return "cylinder", np.array(size), np.zeros(3)
    lower, upper = _bounds(Path(folder, shape.get("filename")))
    scale = numbers(shape.get("scale", "1 1 1"))
    lower, upper = lower * scale, upper * scale
    return "box", np.maximum((upper - lower) / 2, 1e-4), (lower + upper) / 2


def _bounds(file: Path) -> Any:
    with file.open(encoding="utf-8") as lines:
        points = [numbers(line[2:])[:3] for line in lines if line.startswith("v ")]
    return np.min(points, axis=0), np.max(points, axis=0)


def numbers(text: str) -> np.ndarray:
    """Return the numbers in a text."""
    return np.array([float(word) for word in text.split()])


def _pose(element: Any) -> np.ndarray:
    pose = np.eye(4)
    origin = None if element is None else element.find("origin")
    if origin is None:
        return pose
    roll, pitch, yaw = numbers(origin.get("rpy", "0 0 0"))
    pose[:3, :3] = _turn(2, yaw) @ _turn(1, pitch) @ _turn(0, roll)
    pose[:3, 3] = numbers(origin.get("xyz", "0 0 0"))
    return pose


def _turn(axis: int, angle: float) -> np.ndarray:
    first, second = [(1, 2), (2, 0), (0, 1)][axis]
    turn = np.eye(3)
    turn[[first, second], [first, second]] = np.cos(angle)
    turn[second, first], turn[first, second] = np.sin(angle), -np.sin(angle)
    return turn
