from pathlib import Path

import av
import numpy as np
import pytest

from spawnnet_sim.tools.video import BORDER, draw_grid, open_mp4


def frames_of(video: Path) -> np.ndarray:
    """Return the images `(n, H, W, 3)` of a video."""
    with av.open(str(video)) as container:
        return np.stack([frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)])


def cameras(num_envs: int) -> np.ndarray:
    """Return flat images `(N, 2, 3, 48, 64)`: number n is 20 n red, the second view also green."""
    rgb = np.zeros((num_envs, 2, 3, 48, 64), np.uint8)
    rgb[:, :, 0] = 20 * np.arange(num_envs)[:, None, None, None]
    rgb[:, 1, 1] = 200
    return rgb


def test_views_lie_side_by_side_and_success_has_a_green_border() -> None:
    picture = draw_grid(cameras(2), np.array([False, True]))
    height, width, _ = picture.shape
    assert (height, width) == (
        2 * (4 * 48 + 8),
        2 * 4 * 64 + 2 + 8,
    )  # two tiles, one below the other
    upper, lower = picture[: height // 2], picture[height // 2 :]
    assert upper[0, 0].tolist() == [60, 60, 60]
    assert lower[0, 0].tolist() == lower[-1, -1].tolist() == [40, 200, 80]
    assert lower[100, 100].tolist() == [20, 0, 0]
    assert lower[100, -100].tolist() == [20, 200, 0]


@pytest.mark.parametrize("num_envs", [1, 3, 5])
def test_every_environment_is_shown_once(num_envs: int) -> None:
    picture = draw_grid(cameras(num_envs), np.zeros(num_envs, bool))
    assert picture.shape[0] % 2 == picture.shape[1] % 2 == 0
    for env in range(1, num_envs):
        assert (picture == [20 * env, 0, 0]).all(-1).sum() == 192 * 256


def test_names_stand_in_the_upper_left_corners_of_the_tiles() -> None:
    plain = draw_grid(np.zeros((2, 1, 3, 192, 200), np.uint8), np.zeros(2, bool))
    named = draw_grid(np.zeros((2, 1, 3, 192, 200), np.uint8), np.zeros(2, bool), ["", "MMM"])
    rows, columns = np.nonzero((plain != named).any(-1))
    height, width = 192 + 2 * BORDER, 200 + 2 * BORDER
    below = plain.shape[0] > height  # the second tile lies below the first, or beside it
    top, left = (height, 0) if below else (0, width)
    assert top + BORDER < rows.min() <= rows.max() < top + 30
    assert left + BORDER < columns.min() <= columns.max() < left + 50


def test_the_file_plays_what_was_added(tmp_path: Path) -> None:
    with open_mp4(tmp_path / "videos" / "final.mp4", 10) as film:
        for brightness in (0, 100, 200):
            film(np.full((96, 128, 3), brightness, np.uint8))
    frames = frames_of(tmp_path / "videos" / "final.mp4")
    assert frames.shape == (3, 96, 128, 3)
    for frame, brightness in zip(frames, (0, 100, 200), strict=True):
        assert abs(float(frame.mean()) - brightness) < 6
    assert [path.name for path in (tmp_path / "videos").iterdir()] == ["final.mp4"]


def test_a_film_that_was_broken_off_leaves_nothing(tmp_path: Path) -> None:
    def break_off() -> None:
        with open_mp4(tmp_path / "final.mp4", 10) as film:
            film(np.zeros((96, 128, 3), np.uint8))
            raise ValueError("stop")

    with pytest.raises(ValueError, match="stop"):
        break_off()
    assert list(tmp_path.iterdir()) == []


def test_a_video_that_cannot_be_written_is_an_error_of_the_disk(tmp_path: Path) -> None:
    def write(picture: np.ndarray) -> None:
        with open_mp4(tmp_path / "final.mp4", 10) as film:
            film(picture)

    with pytest.raises(OSError, match="cannot be written whole"):
        write(np.zeros((95, 127, 3), np.uint8))  # odd sides have no H.264
    assert list(tmp_path.iterdir()) == []
