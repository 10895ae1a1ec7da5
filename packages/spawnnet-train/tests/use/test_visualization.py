import imageio.v3 as iio
import numpy as np
import pytest
from PIL import Image

from spawnnet_train.record.console import Console
from spawnnet_train.record.run_directory import RunDirectory
from spawnnet_train.use.visualization import visualize_run

T = 9


# imageio's reader leaves the pipes of its ffmpeg process to the garbage collector.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_visualize_writes_a_picture_and_a_film_of_every_episode(
    cloned_run: RunDirectory, quiet: Console
) -> None:
    folder = visualize_run(cloned_run.path, quiet)
    (picture,) = folder.glob("*.png")
    (film,) = folder.glob("*.mp4")
    assert np.asarray(Image.open(picture)).std() > 0
    frames = iio.imread(film, plugin="FFMPEG")
    assert len(frames) == T
    assert frames[0].std() > 0
    assert cloned_run.curves.is_file()
