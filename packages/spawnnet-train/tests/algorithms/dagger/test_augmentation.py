from collections.abc import Callable
from dataclasses import dataclass, field

import pytest
import torch

from spawnnet_data import AugmentationConfig
from spawnnet_train.algorithms.dagger.augmentation import BatchAugmentation
from spawnnet_train.learning.config import LearningConfig
from spawnnet_train.student.batch import Batch
from spawnnet_train.student.config import StudentConfig
from spawnnet_train.student.frames import FrameStack
from spawnnet_train.student.student import Student

B, F, V, H, W, S, A = 5, 1, 2, 32, 48, 3, 4


@dataclass(frozen=True)
class Run:
    train: LearningConfig
    simulation: None = None
    seed: int = 2
    student: StudentConfig = field(default_factory=StudentConfig)


@pytest.fixture
def student(make_student: Callable[..., Student]) -> Student:
    return make_student("spawnnet")


@pytest.fixture
def batch(student: Student) -> Batch:
    generator = torch.Generator().manual_seed(1)
    rgb = torch.randint(0, 256, (B, F, V, 3, H, W), dtype=torch.uint8, generator=generator)
    rgb[:, :, 1] = rgb[:, :, 0]  # two cameras that see the same
    observation = {
        "rgb": rgb,
        "depth": rgb[:, :, :, :1].float() / 255,
        "proprioception": torch.randn(B, F, S, generator=generator),
    }
    frozen = student.encoder.frozen_features(rgb, format="float16")
    return Batch(FrameStack(observation, frozen), torch.rand(B, 1, A), torch.ones(B, 1) > 0)


def augment(student: Student, batch: Batch, number: int, probability: float = 0.5) -> Batch:
    config = AugmentationConfig(probability=probability, brightness=0.0)
    run = Run(LearningConfig(augmentation=config))
    return BatchAugmentation(run, student)(batch, 3, number * B + torch.arange(B))


def test_without_augmentation_a_batch_stays_as_it_is(student: Student, batch: Batch) -> None:
    assert BatchAugmentation(Run(LearningConfig()), student)(batch, 0, torch.arange(B)) is batch


def test_features_are_those_of_the_changed_images(student: Student, batch: Batch) -> None:
    changed = augment(student, batch, 0)
    rgb = changed.stack.observation["rgb"]
    expected = student.encoder.frozen_features(rgb, format="float16")
    for found, part, kept in zip(changed.stack.frozen, expected, batch.stack.frozen, strict=True):
        assert torch.equal(found, part)
        assert not torch.equal(found, kept)
    assert changed.action_chunk is batch.action_chunk
    assert changed.stack.observation["proprioception"] is batch.stack.observation["proprioception"]


def test_views_and_depth_of_a_sample_change_alike(student: Student, batch: Batch) -> None:
    # On a slope depth, which takes the nearest pixel, is within half a pixel of colours.
    slope = (2 * torch.arange(H)[:, None] + 3 * torch.arange(W)).to(torch.uint8)
    batch.stack.observation["rgb"][:] = slope
    batch.stack.observation["depth"][:] = slope / 255
    seen = augment(student, batch, 0, probability=1.0).stack.observation
    assert torch.equal(seen["rgb"][:, :, 0], seen["rgb"][:, :, 1])
    assert (seen["depth"] - seen["rgb"][:, :, :, :1].float() / 255).abs().max() < 4 / 255
    assert (seen["rgb"] - slope.float()).abs().max() > 20


def test_draws_follow_from_the_number_of_the_update(student: Student, batch: Batch) -> None:
    first, again, other = (augment(student, batch, n).stack.observation["rgb"] for n in (4, 4, 5))
    assert torch.equal(first, again)
    assert not torch.equal(first, other)


def test_a_part_of_a_batch_changes_as_it_does_in_the_whole(student: Student, batch: Batch) -> None:
    whole = augment(student, batch, 2).stack.observation["rgb"]
    places = torch.tensor([1, 3])
    observation = {name: tensor[places] for name, tensor in batch.stack.observation.items()}
    part = Batch(FrameStack(observation, ()), batch.action_chunk[places], batch.mask[places])
    config = AugmentationConfig(probability=0.5, brightness=0.0)
    changed = BatchAugmentation(Run(LearningConfig(augmentation=config)), student)
    found = changed(part, 3, 2 * B + places).stack.observation["rgb"]
    assert torch.equal(found, whole[places])
