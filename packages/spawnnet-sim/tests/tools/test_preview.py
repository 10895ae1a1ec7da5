from pathlib import Path

import av
import numpy as np
from PIL import Image

from spawnnet_sim import CabinetsConfig, EnvironmentConfig
from spawnnet_sim.tools.preview import SIZE, write_preview
from spawnnet_sim.tools.video import BORDER


def test_a_preview_is_a_sheet_of_all_cabinets_and_a_video_of_the_episode(tmp_path: Path) -> None:
    config = EnvironmentConfig(cabinets=CabinetsConfig(count=2), episode_steps=3)
    sheet, video = write_preview(config, tmp_path / "out")
    image = np.asarray(Image.open(sheet))
    assert image.shape == (SIZE + 2 * BORDER, 2 * (SIZE + 2 * BORDER), 3)
    assert image.std() > 10
    with av.open(str(video)) as container:
        frames = [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)]
    assert [frame.shape for frame in frames] == 4 * [image.shape]
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
        "drawer-train-v1.mp4",
        "drawer-train-v1.png",
    ]
