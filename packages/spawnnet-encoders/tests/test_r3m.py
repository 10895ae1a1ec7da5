from collections.abc import Callable

import torch
from torch import Tensor

from spawnnet_encoders import Encoder

Build = Callable[..., Encoder]
Observe = Callable[..., dict[str, Tensor]]


def test_proprioception_follows_all_images_once_per_view(build: Build, observe: Observe) -> None:
    encoder, observation = build("r3m", "test_resnet").eval(), observe()
    features = encoder(observation).features
    expected = observation["proprioception"].repeat_interleave(2, dim=1).flatten(1)
    torch.testing.assert_close(features[:, -3 * 2 * 5 :], expected)


def test_training_normalises_over_all_images_of_the_batch(build: Build, observe: Observe) -> None:
    encoder, observation = build("r3m", "test_resnet"), observe()
    images = encoder.train()(observation).features[:, : -3 * 2 * 5].reshape(4 * 3 * 2, -1)
    torch.testing.assert_close(images.mean(dim=0), torch.zeros(96), rtol=0, atol=1e-5)


def test_running_statistics_are_part_of_the_trained_state(build: Build, observe: Observe) -> None:
    encoder = build("r3m", "test_resnet").train()
    before = encoder.trainable_state_dict()["batch_norm.running_mean"].clone()
    encoder(observe())
    assert not torch.equal(encoder.trainable_state_dict()["batch_norm.running_mean"], before)
