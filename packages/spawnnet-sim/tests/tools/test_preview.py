from pathlib import Path

import imageio.v3 as iio
import pytest

from spawnnet_sim import CabinetsConfig, EnvironmentConfig
from spawnnet_sim.tools.preview import SIZE, write_preview
from spawnnet_sim.tools.video import BORDER


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
