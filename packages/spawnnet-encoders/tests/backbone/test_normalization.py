import torch

from spawnnet_encoders.backbone.normalization import Normalization


def test_images_are_scaled_then_standardised_per_colour() -> None:
    mean, std = (0.1, 0.5, 0.9), (0.2, 0.3, 0.4)
    rgb = torch.randint(0, 256, (2, 3, 4, 5), dtype=torch.uint8)
    found = Normalization(mean, std)(rgb)
    for i in range(3):
        torch.testing.assert_close(found[:, i], (rgb[:, i] / 255 - mean[i]) / std[i])


def test_statistics_are_no_part_of_a_checkpoint() -> None:
    assert not Normalization((0.0, 0.0, 0.0), (1.0, 1.0, 1.0)).state_dict()
