"""Pictures of cabinets and videos of experts, for people to look at."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spawnnet_sim.config import CamerasConfig, EnvironmentConfig
from spawnnet_sim.environment import CabinetEnv
from spawnnet_sim.extras import import_extra
from spawnnet_sim.factory import cabinet_set, create_environment, create_expert

Image = NDArray[np.uint8]

CAMERA, SIZE = "close_left", 192  # pixels a side
MAX_COLUMNS, BORDER = 7, 4  # images per row; pixels
_RUNNING, _OPENED = (60, 60, 60), (40, 200, 80)


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
    for module in ("PIL", "imageio_ffmpeg"):
        import_extra(module, "video")
    folder.mkdir(parents=True, exist_ok=True)
    stem = cabinet_set(config).replace("/", "_")
    sheet, video = folder / f"{stem}.png", folder / f"{stem}.mp4"
    drawn = replace(config, cameras=CamerasConfig((view,), (SIZE, SIZE)))
    with closing(create_environment(drawn, watch=watch)) as environment:
        frames = _record(environment, config, seed, watch)
    write_png(sheet, frames[0])
    write_mp4(video, frames, 1 / config.control_timestep)
    return sheet, video


def montage(images: NDArray[np.uint8], marked: NDArray[np.bool_], names: Sequence[str]) -> Image:
    """Arrange images in rows, each with a border and its name.

    Args:
        images: `(N, 3, H, W)`.
        marked: `(N,)`, whose borders are green.
        names: N, drawn into the upper left corners.

    Returns:
        `(h, w, 3)`, both even, as video encoders ask for.
    """
    tiles = [_tile(*each) for each in zip(images, marked, names, strict=True)]
    num_rows = -(-len(tiles) // MAX_COLUMNS)
    columns = -(-len(tiles) // num_rows)  # rows of about the same length
    tiles += [np.full_like(tiles[0], 255)] * (-len(tiles) % columns)
    rows = [np.concatenate(tiles[i : i + columns], 1) for i in range(0, len(tiles), columns)]
    sheet = np.concatenate(rows)
    return np.pad(sheet, ((0, len(sheet) % 2), (0, sheet.shape[1] % 2), (0, 0)))


def write_png(path: Path, image: Image) -> None:
    """Write an image `(H, W, 3)`; the file appears only when it is complete."""
    temporary = path.with_name(f".{path.name}.part")
    import_extra("PIL.Image", "video").fromarray(image).save(temporary, format="PNG")
    temporary.replace(path)


def write_mp4(path: Path, frames: Sequence[Image], frames_per_second: float) -> None:
    """Write images of one even size as a video; the file appears only when it is complete."""
    temporary = path.with_name(f".{path.name}.part.mp4")
    import_extra("imageio.v3", "video").imwrite(
        temporary,
        np.stack(frames),
        plugin="FFMPEG",
        fps=frames_per_second,
        codec="libx264",
        macro_block_size=2,
    )
    temporary.replace(path)


def _record(
    environment: CabinetEnv,
    config: EnvironmentConfig,
    seed: int,
    watch: Callable[[], None] | None,
) -> list[Image]:
    """Let the expert act for one episode; return a montage of all environments per step."""
    expert = create_expert(config)
    names = [name.rpartition("/")[2] for name in environment.cabinets]

    def draw(observation: dict[str, NDArray[Any]], info: dict[str, Any]) -> Image:
        return montage(observation["rgb"][:, 0], info["success"], names)

    frames = [draw(*environment.reset(seed=seed))]
    for _ in range(environment.episode_steps):
        observation, _, _, _, info = environment.step(expert.act(environment.privileged_state()))
        frames.append(draw(observation, info))
        if watch is not None:
            watch()
    return frames


def _tile(image: NDArray[np.uint8], is_marked: np.bool_, name: str) -> Image:
    picture = import_extra("PIL.Image", "video").fromarray(
        np.ascontiguousarray(image.transpose(1, 2, 0))
    )
    import_extra("PIL.ImageDraw", "video").Draw(picture).text((4, 4), name, fill=(255, 255, 255))
    tile: Image = np.full(
        (picture.height + 2 * BORDER, picture.width + 2 * BORDER, 3),
        _OPENED if is_marked else _RUNNING,
        np.uint8,
    )
    tile[BORDER:-BORDER, BORDER:-BORDER] = picture
    return tile
