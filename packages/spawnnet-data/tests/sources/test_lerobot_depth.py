"""Depth as video, written as LeRobot's documentation says it is."""

from fractions import Fraction
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import av
import numpy as np
import pytest

from spawnnet_data import DataError, infer_mapping, open_source
from spawnnet_data.sources.lerobot_depth import DepthCoding, depth_coding

FRONT, DEPTH = "observation.images.front", "observation.images.front_depth"
H, W, FPS, LENGTHS = 32, 48, 10, (5, 9, 4)  # as the fixture `write` has them
DEFAULTS = {"depth_min": 0.01, "depth_max": 10.0, "shift": 3.5}


def codes_of(metres: np.ndarray, low: float, high: float, shift: float) -> np.ndarray:
    share = np.log((metres + shift) / (low + shift)) / np.log((high + shift) / (low + shift))
    return np.rint(4095 * share).clip(0, 4095).astype(np.uint16)


def write_codes(path: Path, frames: np.ndarray, pixels: str = "gray12le") -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with av.open(str(path), "w") as container:
        options = {"x265-params": "lossless=1:log-level=none"}
        stream = container.add_stream("libx265", Fraction(FPS), options)
        stream.height, stream.width, stream.pix_fmt = H, W, pixels
        for codes in frames:
            frame = av.VideoFrame(W, H, "gray12le")
            plane = np.frombuffer(frame.planes[0], np.uint16).reshape(H, -1)
            plane[:, :W] = codes
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))


@pytest.fixture
def metres() -> list[np.ndarray]:
    """Depth of each episode, `(L, H, W)`: a slope that comes nearer."""
    slope = np.linspace(0.5, 3.9, H * W).reshape(H, W)
    return [np.stack([slope - 0.02 * step for step in range(length)]) for length in LENGTHS]


def written(write: SimpleNamespace, root: Path, metres: list[np.ndarray], **told: Any) -> Path:
    """Write a set of format v2.1 with the depth of one camera."""
    write.lerobot_v2(root)
    features = write.lerobot_features()
    info = {"is_depth_map": True, "video.pix_fmt": "gray12le", **told}
    features[DEPTH] = {"dtype": "video", "shape": [H, W, 1], "info": info}
    write.lerobot_info(root, "v2.1", features=features)
    coding = [told.get(f"video.{name}", default) for name, default in DEFAULTS.items()]
    for number, depth in enumerate(metres):
        name = f"videos/chunk-000/{DEPTH}/episode_{number:06d}.mp4"
        write_codes(root / name, codes_of(depth, *coding))
    return root


@pytest.mark.parametrize("told", [{}, {"video.depth_min": 0.2, "video.depth_max": 5.0}])
def test_depth_as_video_is_metres(
    told: dict[str, float], tmp_path: Path, write: SimpleNamespace, metres: list[np.ndarray]
) -> None:
    source = open_source(written(write, tmp_path / "set", metres, **told))
    spec = source.describe(1, DEPTH)
    assert (spec.kind, spec.shape, spec.unit) == ("depth", (1, H, W), "m")
    depth = source.read(1, DEPTH, [6, 0, 3])
    assert depth.dtype == np.float32
    # Half of a code's step: the logarithm is flattest at the far end.
    np.testing.assert_allclose(depth[:, 0], metres[1][[6, 0, 3]], atol=1.5e-3)


def test_codes_may_be_even_in_the_distance() -> None:
    coding = DepthCoding(depth_min=1.0, depth_max=3.0, use_log=False)
    codes = np.array([0, 1365, 4095], np.uint16)
    np.testing.assert_allclose(coding.metres(codes), [1, 1 + 2 / 3, 3], rtol=1e-6)


def test_a_camera_gets_its_depth_video(
    tmp_path: Path, write: SimpleNamespace, metres: list[np.ndarray]
) -> None:
    view = infer_mapping(open_source(written(write, tmp_path / "set", metres))).views["front"]
    assert (view.rgb, view.depth) == (FRONT, DEPTH)


def test_depth_of_eight_bits_is_refused(
    tmp_path: Path, write: SimpleNamespace, metres: list[np.ndarray]
) -> None:
    path = written(write, tmp_path / "said", metres, **{"video.pix_fmt": "yuv420p"})
    with pytest.raises(DataError, match=f"key {DEPTH}: depth stored as video of yuv420p is not"):
        open_source(path).describe(0, DEPTH)
    path = written(write, tmp_path / "unsaid", metres)
    write.video(
        path / f"videos/chunk-000/{DEPTH}/episode_000001.mp4",
        np.zeros((LENGTHS[1], 3, H, W), np.uint8),
    )
    with pytest.raises(DataError, match=r"its pixels are yuv444p, not of 12 bits"):
        open_source(path).read(1, DEPTH)


@pytest.mark.parametrize(
    ("told", "sentence"),
    [
        ({"video.depth_max": 0.0}, "from 0.01 to 0.0 m is no range"),
        ({"video.shift": -1}, "0.01 + -1.0 m has no logarithm"),
        ({"video.depth_min": "near"}, "`video.depth_min` of the depth video cannot be used"),
    ],
)
def test_a_coding_that_cannot_be_is_a_sentence(told: dict[str, Any], sentence: str) -> None:
    coding, problem = depth_coding(told)
    assert coding is None
    assert sentence in problem
