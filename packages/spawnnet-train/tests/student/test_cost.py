from collections.abc import Callable

import torch

from spawnnet_train.student.cost import frozen_bytes, update_bytes
from spawnnet_train.student.student import Student


def test_features_are_as_large_as_those_that_are_kept(
    make_student: Callable[..., Student],
) -> None:
    student = make_student(num_frames=2)
    rgb = torch.randint(0, 256, (3, 1, 2, 3, 32, 48), dtype=torch.uint8)
    kept = student.encoder.frozen_features(rgb, format="int8")
    assert frozen_bytes(student, "int8") * 3 == sum(part.nbytes for part in kept)


def test_an_update_takes_the_weights_and_something_for_every_sample(
    make_student: Callable[..., Student],
) -> None:
    student = make_student(num_frames=2, action_horizon=3)
    before = {name: value.clone() for name, value in student.state_dict().items()}
    random = torch.get_rng_state()
    one, five = (update_bytes(student.train(), size) for size in (1, 5))
    weights = sum(value.nbytes for value in student.state_dict().values())
    trained = sum(parameter.nbytes for parameter in student.trainable_parameters())
    sample = (five - one) // 4
    assert one - sample == weights + 4 * trained
    stem = 2 * 2 * 8 * 16 * 24 * 4  # frames, views, channels, half the size, float32
    assert sample > stem
    assert student.training
    assert torch.equal(torch.get_rng_state(), random)
    assert all(torch.equal(value, before[name]) for name, value in student.state_dict().items())
