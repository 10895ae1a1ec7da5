from pathlib import Path

import av
import numpy as np
import pytest

from spawnnet_data.tools.video_file import write_video


@pytest.mark.parametrize("size", [(32, 48), (33, 47)], ids=["even", "odd"])
def test_a_video_plays_what_was_written_and_has_many_key_frames(
    tmp_path: Path, size: tuple[int, int]
) -> None:
    images = np.full((6, 3, *size), 40, np.uint8)
    images[:, 0] = 30 * np.arange(6)[:, None, None]
    write_video(tmp_path / "videos" / "a.mp4", iter(images), 12.5)
    with av.open(str(tmp_path / "videos" / "a.mp4")) as container:
        stream = container.streams.video[0]
        assert (stream.height, stream.width) == size
        assert float(stream.average_rate) == 12.5
        frames = list(container.decode(stream))
    assert len(frames) == 6
    assert sum(frame.key_frame for frame in frames) >= 3
    for frame, image in zip(frames, images, strict=True):
        found = frame.to_ndarray(format="rgb24").mean((0, 1))
        np.testing.assert_allclose(found, image.mean((1, 2)), atol=4)
