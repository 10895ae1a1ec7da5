"""Pictures of cabinets and videos of experts, for people to look at."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

from spawnnet_sim.atomic_file import disk_errors, write_bytes
from spawnnet_sim.config import CamerasConfig, EnvironmentConfig
from spawnnet_sim.environment import CabinetEnv
from spawnnet_sim.experts.expert import Expert
from spawnnet_sim.extras import import_extra
from spawnnet_sim.factory import create_environment, create_expert
from spawnnet_sim.registration import cabinet_set
from spawnnet_sim.tools.video import Image, draw_grid, open_mp4

CAMERA, SIZE = "close_left", 192  # pixels a side


def write_preview(
    config: EnvironmentConfig,
    folder: Path,
    *,
    view: str = CAMERA,
    seed: int = 0,
    watch: Callable[[], None] | None = None,
) -> tuple[Path, Path]:
    """Write a contact sheet of a set of cabinets and a video of the expert opening them.

    Args:
        config: Task, cabinets and times; cameras and image size are the preview's own.
        folder: Gets `<cabinets>.png` and `<cabinets>.mp4`.
        view: Name of the camera.
        seed: Seed of the episode.
        watch: Called for every cabinet that is loaded, and after every control step.

    Returns:
        The paths of the two files.

    Raises:
        ConfigurationError: If the extra `video` is not installed.
    """
    for module in ("PIL", "av"):
        import_extra(module, "video")
    with disk_errors(folder):
        folder.mkdir(parents=True, exist_ok=True)
    stem = cabinet_set(config).replace("/", "_")
    sheet, video = folder / f"{stem}.png", folder / f"{stem}.mp4"
    filmed = replace(config, cameras=CamerasConfig((view,), (SIZE, SIZE)))
    expert = create_expert(config)
    with (
        closing(create_environment(filmed, watch=watch)) as environment,
        open_mp4(video, 1 / config.control_timestep) as add,
    ):
        for number, picture in enumerate(_pictures(environment, expert, seed)):
            add(picture)
            if number == 0:
                write_png(sheet, picture)
            elif watch is not None:
                watch()
    return sheet, video


def write_png(path: Path, image: Image) -> None:
    """Write an image `(H, W, 3)`; the file appears only when it is complete."""
    encoded = io.BytesIO()
    import_extra("PIL.Image", "video").fromarray(image).save(encoded, format="PNG")
    write_bytes(path, encoded.getvalue())


def _pictures(environment: CabinetEnv, expert: Expert, seed: int) -> Iterator[Image]:
    """Let the expert act for one episode; yield a picture of all environments per step."""
    names = [name.rpartition("/")[2] for name in environment.cabinets]
    observation, info = environment.reset(seed=seed)
    yield draw_grid(observation["rgb"], info["success"], names)
    for _ in range(environment.episode_steps):
        observation, _, _, _, info = environment.step(expert.act(environment.privileged_state()))
        yield draw_grid(observation["rgb"], info["success"], names)
