from pathlib import Path

import imageio.v3 as iio
import numpy as np
import pytest

from spawnnet_sim import CabinetsConfig, EnvironmentConfig
from spawnnet_sim.tools.preview import BORDER, SIZE, montage, write_preview


def test_a_montage_has_a_border_per_environment_and_even_sides() -> None:
    images = np.full((9, 3, 15, 31), 200, np.uint8)
    sheet = montage(images, np.arange(9) == 8, [""] * 9)
    height, width = 15 + 2 * BORDER, 31 + 2 * BORDER
    assert sheet.shape == (2 * height, 5 * width + 1, 3)
    assert (sheet[BORDER : BORDER + 15, BORDER : BORDER + 31] == 200).all()
    assert (sheet[height, 3 * width] == (40, 200, 80)).all()  # the ninth succeeded
    assert (sheet[0, 0] == (60, 60, 60)).all()


# The reader leaves the pipes of its ffmpeg process to the garbage collector.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_preview_is_a_sheet_of_all_cabinets_and_a_video_of_the_episode(tmp_path: Path) -> None:
    config = EnvironmentConfig(cabinets=CabinetsConfig(count=2), episode_steps=3)
    sheet, video = write_preview(config, tmp_path / "out")
    image = iio.imread(sheet)
    assert image.shape == (SIZE + 2 * BORDER, 2 * (SIZE + 2 * BORDER), 3)
    assert image.std() > 10
    frames = iio.imread(video, plugin="FFMPEG")
    assert frames.shape == (4, *image.shape)
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
        "drawer-train-v1.mp4",
        "drawer-train-v1.png",
    ]
