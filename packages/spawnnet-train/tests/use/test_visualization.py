import shutil
from pathlib import Path
from typing import Any

import av
import numpy as np
from PIL import Image

from spawnnet_jobs.terminal.console import Console
from spawnnet_train.use.visualization import visualize


def test_visualize_writes_a_picture_and_a_film_of_every_episode(
    finished: Any, quiet: Console
) -> None:
    folder = visualize(finished.run.path, quiet)
    assert folder.name == "best"
    episodes, length = {
        "cloned": (["L1_000_0.h5_traj_0"], 9),
        "tiny": (
            [
                "held_out_003_drawer-held-out-v1_00",
                "new_002_drawer-train-v1_02",
                "train_000_drawer-train-v1_00",
                "train_001_drawer-train-v1_01",
            ],
            5,
        ),
    }[finished.file.stem]
    assert len(sorted(folder.glob("*.png"))) == len(episodes)
    assert [film.stem for film in sorted(folder.glob("*.mp4"))] == episodes
    for stem in episodes:
        assert np.asarray(Image.open(folder / f"{stem}.png")).std() > 0
        with av.open(str(folder / f"{stem}.mp4")) as video:
            frames = [frame.to_ndarray(format="rgb24") for frame in video.decode(video=0)]
        assert len(frames) == length
        assert frames[0].std() > 0


def test_a_limit_is_of_each_set_and_metrics_need_not_be_there(
    dagger: Any, quiet: Console, tmp_path: Path
) -> None:
    """A run that was imported has none."""
    shutil.copytree(dagger.run.path, tmp_path / "run")
    for name in ("metrics.jsonl", "curves.png"):
        (tmp_path / "run" / name).unlink()
    folder = visualize(tmp_path / "run", quiet, checkpoint="round_001", max_episodes=1)
    assert folder.name == "round_001"
    assert len(list(folder.glob("*.png"))) == 3
    assert not (tmp_path / "run" / "curves.png").exists()
