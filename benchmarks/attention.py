"""How much of the adapters' attention is on the handle, against chance, trained and untrained.

`python benchmarks/attention.py RUN [--episodes 8] [--split held_out] [--picture FILE.png]` lets the
student of a run act, and an untrained one of the same settings watch. In every image that shows the
handle, cells of an attention map count as on it whose centres are within 6 cm of it; their share of
the map's sum, less its minimum, is divided by their share of its cells, which is what a map without
any preference would give. Only steps count in which the cabinet is shut: there the handle has to be
found.
"""

from __future__ import annotations

import argparse
from collections import defaultdict
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image

from spawnnet_encoders import render_attention
from spawnnet_sim.physics.cameras import CAMERAS
from spawnnet_sim.rotations import matrix_from_quaternion
from spawnnet_train.rollouts.environment import deal
from spawnnet_train.rollouts.simulation import open_environment
from spawnnet_train.runs.saved_run import SavedRun, open_saved_run
from spawnnet_train.student.actor import StudentActor
from spawnnet_train.student.create import create_student

_REACH = 0.06  # m around the grasp point that are handle
_SHUT = 0.005  # m or rad
_ENLARGED = 2  # pixels of the picture per pixel of a camera
_GAP = 4

Array = NDArray[Any]


def main() -> None:
    """Print a row per camera and adapter."""
    parser = argparse.ArgumentParser()
    parser.add_argument("run", type=Path)
    parser.add_argument("--episodes", type=int, default=8)
    parser.add_argument("--split", default="held_out")
    parser.add_argument("--picture", type=Path, help="draw the adapter with the highest ratio")
    parser.add_argument("--step", type=int, default=12, help="of the episodes in the picture")
    options = parser.parse_args()
    saved = open_saved_run(options.run)
    ratios = measure(saved, options.split, options.episodes)
    print(f"{options.run}, {options.split}, {options.episodes} episodes: attention / chance")
    print(f"{'camera':<12} {'adapter':>7} {'images':>7} {'trained':>16} {'untrained':>16}")
    for (camera, adapter), (trained, untrained) in ratios.items():
        cells = (f"{np.mean(v):.2f} ({np.median(v):.2f})" for v in (trained, untrained))
        print(f"{camera:<12} {adapter + 1:>7} {len(trained):>7}", *(f"{c:>16}" for c in cells))
    print("mean (median) over images")
    if options.picture is not None:
        picture = draw(saved, options.split, options.episodes, ratios, options.step)
        Image.fromarray(picture).save(options.picture)


Ratios = dict[tuple[str, int], tuple[list[float], list[float]]]


def measure(saved: SavedRun, split: str, episodes: int) -> Ratios:
    """Return the ratios of trained and untrained maps by camera and adapter."""
    found: Ratios = defaultdict(lambda: ([], []))
    for state, observation, maps in watch(saved, split, episodes):
        image_size = observation["rgb"].shape[-2:]
        for view, name in enumerate(saved.spec.views):
            _add(found, name, [m[:, view] for m in maps], state, image_size)
    return dict(sorted(found.items()))


@torch.no_grad()
def watch(
    saved: SavedRun, split: str, episodes: int
) -> Iterator[tuple[Any, dict[str, Array], list[Array]]]:
    """Let the student act; yield each step's state, observation, and maps `(N, V, G, h, w)`.

    The maps are those of the trained student and of an untrained one that watches it.
    """
    assert saved.config.simulation is not None
    config = saved.config.simulation.splits()[split]
    randomization = saved.config.evaluation.randomization or config.randomization
    config = replace(config, randomization=randomization, num_envs=episodes)
    untrained = create_student(saved.config, saved.spec, saved.student.device).eval()
    untrained.proprioception.load_state_dict(saved.student.proprioception.state_dict())
    with closing(open_environment(config)) as environment:
        deal(environment, config.cabinets.count, 0)
        students = (saved.student, untrained)
        actors = [StudentActor(s, saved.config.student, environment.num_envs) for s in students]
        observation, _ = environment.reset(seed=7)
        for actor in actors:
            actor.reset(7)
        for _ in range(environment.episode_steps):
            state: Any = environment.privileged_state()
            for actor in actors:
                actor.observe(observation)
            actions, _ = (actor.act() for actor in actors)
            maps = [actor.attention[:, -1].cpu().numpy() for actor in actors]  # type: ignore[index]
            yield state, observation, maps
            observation, *_ = environment.step(actions)


def draw(saved: SavedRun, split: str, episodes: int, ratios: Ratios, step: int) -> Array:
    """Return a picture of one step, `(height, width, 3)`: images above, one adapter's maps below.

    It is the adapter with the highest mean ratio, in the camera where it has it. A ring is where
    the map counts as on the handle.
    """
    camera, adapter = max(ratios, key=lambda key: float(np.mean(ratios[key][0])))
    view = saved.spec.views.index(camera)
    state, observation, maps = next(islice(watch(saved, split, episodes), step, None))
    rgb = observation["rgb"][:, view]  # (N, 3, H, W)
    pixels, reach = _project(camera, state, rgb.shape[-2:])
    large = torch.from_numpy(rgb.repeat(_ENLARGED, 2).repeat(_ENLARGED, 3))
    chosen = torch.from_numpy(maps[0][:, view, adapter])[:, None, None, None]
    overlaid = render_attention(large[:, None, None], chosen)[:, 0, 0, 0]  # (N, H, W, 3)
    images = large.permute(0, 2, 3, 1).numpy().copy()
    for env in range(len(rgb)):
        for picture in (images[env], overlaid[env]):
            _ring(picture, pixels[env] * _ENLARGED, reach[env] * _ENLARGED)
    columns = np.concatenate([images, overlaid], axis=1)  # (N, 2 H, W, 3)
    return np.concatenate(list(np.pad(columns, ((0, 0), (0, 0), (0, _GAP), (0, 0)))), axis=1)


def _ring(picture: Array, centre: Array, radius: float) -> None:
    """Draw a white circle into an image `(H, W, 3)`."""
    rows, columns = np.indices(picture.shape[:2])
    distance = np.hypot(columns - centre[0], rows - centre[1])
    picture[np.abs(distance - radius) < 1] = 255


def _add(
    found: Any, camera: str, maps: list[Array], state: Any, image_size: tuple[int, int]
) -> None:
    """Add the ratios of the maps `(N, G, h, w)` of one camera in one step."""
    N, G, height, width = maps[0].shape
    pixels, reach = _project(camera, state, image_size)
    rows = (np.arange(height) + 0.5)[:, None] * image_size[0] / height
    columns = (np.arange(width) + 0.5) * image_size[1] / width
    for env in range(N):
        x, y = pixels[env]
        distance = np.hypot(columns - x, rows - y)
        on_handle = distance <= max(reach[env], distance.min())  # the nearest cell at least
        is_seen = reach[env] > 0 and 0 <= x < image_size[1] and 0 <= y < image_size[0]
        if not is_seen or state.part_position[env] > _SHUT:
            continue
        for adapter in range(G):
            for values, attention in zip(found[camera, adapter], maps, strict=True):
                one = attention[env, adapter] - attention[env, adapter].min()
                share = one[on_handle].sum() / max(one.sum(), 1e-12)
                values.append(float(share / on_handle.mean()))


def _project(camera: str, state: Any, image_size: tuple[int, int]) -> tuple[Array, Array]:
    """Return the handle in pixels, `(N, 2)` x and y, and 6 cm there in pixels, `(N,)`.

    The latter are negative where the handle is behind the camera.
    """
    spec = CAMERAS[camera]
    position, axes = np.array(spec.position), matrix_from_quaternion(np.array(spec.quaternion()))
    handle = state.handle_position  # (N, 3)
    if spec.link is not None:
        hand = matrix_from_quaternion(state.hand_pose[:, 3:])  # (N, 3, 3)
        handle = np.einsum("nji,nj->ni", hand, handle - state.hand_pose[:, :3])
    x, y, z = ((handle - position) @ axes).T  # to the right, up, backward
    height, width = image_size
    focal = width / 2 / np.tan(np.radians(spec.fov) / 2)
    pixels = np.stack([width / 2 - focal * x / z, height / 2 + focal * y / z], axis=1)
    return pixels, -focal * _REACH / z


if __name__ == "__main__":
    main()
