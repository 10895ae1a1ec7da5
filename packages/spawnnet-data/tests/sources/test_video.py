from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from spawnnet_data.sources.video import VideoReader, _check_pixels

TOLERANCE = 0.05


@pytest.fixture
def reader(tmp_path: Path, write: SimpleNamespace) -> VideoReader:
    write.video(tmp_path / "a.mp4", write.pictures(0, 29), gop=12)
    return VideoReader(tmp_path / "a.mp4")


def shown(reader: VideoReader, times: list[float]) -> list[int]:
    """Return the numbers of the frames, which their red channel tells."""
    return [round(float(f[-4, :, 0].mean()) / 8) for f in reader.frames(times, TOLERANCE)]


@pytest.mark.parametrize(
    "numbers", [[0, 1, 2], [7], [11, 12, 13], [28], [0, 0, 5, 5, 28], [3, 27], list(range(29))]
)
def test_frames_are_those_of_their_times(reader: VideoReader, numbers: list[int]) -> None:
    assert shown(reader, [n / 10 for n in numbers]) == numbers


def test_reader_can_go_back(reader: VideoReader) -> None:
    assert shown(reader, [2.0]) == [20]
    assert shown(reader, [0.4, 1.9]) == [4, 19]


def test_time_between_frames_gives_the_nearest(reader: VideoReader) -> None:
    assert shown(reader, [0.44, 0.56]) == [4, 6]


@pytest.mark.parametrize("time", [-0.2, 2.9, 60.0])
def test_time_without_a_frame_is_an_error(reader: VideoReader, time: float) -> None:
    with pytest.raises(OSError, match=f"no frame at {time:.3f} s"):
        list(reader.frames([time], TOLERANCE))


def test_end_is_that_of_the_last_frame(reader: VideoReader) -> None:
    assert np.isclose(reader.end, 2.9)


@pytest.mark.parametrize("content", [b"", b"no video at all"])
def test_file_that_is_no_video_is_an_error(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.mp4").write_bytes(content)
    with pytest.raises(OSError, match="no readable video"):
        VideoReader(tmp_path / "a.mp4")


def test_a_list_of_other_files_is_no_video(tmp_path: Path, write: SimpleNamespace) -> None:
    (tmp_path / "set").mkdir()
    write.video(tmp_path / "outside.ts", write.pictures(0, 9), gop=12)
    lists = {
        "hls": "#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n../outside.ts\n#EXT-X-ENDLIST\n",
        "concat": "ffconcat version 1.0\nfile ../outside.ts\n",
    }
    for name, text in lists.items():
        (tmp_path / "set" / f"{name}.mp4").write_text(text)
        with pytest.raises(OSError, match="no readable video"):
            VideoReader(tmp_path / "set" / f"{name}.mp4")


def test_frames_that_no_camera_has_are_not_read() -> None:
    _check_pixels(4320, 7680)
    with pytest.raises(OSError, match="frames of 16384 x 16384 pixels are not read"):
        _check_pixels(2**14, 2**14)
