import pytest
import torch

from spawnnet_encoders import ObservationShape


@pytest.mark.parametrize(
    ("sizes", "message"),
    [
        ({"num_frames": 0}, "num_frames: must be at least 1, got 0"),
        ({"proprioception_dim": -1}, "proprioception_dim: must be at least 0, got -1"),
        ({"image_size": (3,)}, r"image_size: expected \(height, width\)"),
    ],
)
def test_impossible_sizes_are_named(sizes: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        ObservationShape(**{"num_views": 1, "image_size": (4, 6), **sizes})  # type: ignore[arg-type]


def test_height_and_width_are_not_confused() -> None:
    shape = ObservationShape(2, (4, 6))
    shape.depth({"depth": torch.zeros(5, 1, 2, 1, 4, 6)})
    with pytest.raises(ValueError, match=r"depth: expected shape \(B, 1, 2, 1, 4, 6\), got"):
        shape.depth({"depth": torch.zeros(5, 1, 2, 1, 6, 4)})


@pytest.mark.parametrize("samples", [1, 4])
def test_depth_of_another_batch_than_the_images_is_refused(samples: int) -> None:
    observation = {
        "rgb": torch.zeros(5, 1, 2, 3, 4, 6, dtype=torch.uint8),
        "depth": torch.zeros(samples, 1, 2, 1, 4, 6),
    }
    with pytest.raises(
        ValueError, match=rf"^depth: expected 5 samples as in rgb, got {samples}\.$"
    ):
        ObservationShape(2, (4, 6)).depth(observation)
