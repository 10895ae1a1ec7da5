from collections.abc import Callable
from typing import Any

import pytest
import torch

from spawnnet_data import FieldStatistics
from spawnnet_encoders.quantization import FeatureFormat
from spawnnet_train.student.batch import Batch
from spawnnet_train.student.frames import FrameStack
from spawnnet_train.student.student import Student
from spawnnet_train.student.targets import PrivilegedTargetsConfig, TargetHeads

B, F, T, V, H, W, S, A = 5, 2, 3, 2, 32, 48, 3, 4


@pytest.fixture
def batch() -> Batch:
    generator = torch.Generator().manual_seed(1)
    observation = {
        "rgb": torch.randint(0, 256, (B, F, V, 3, H, W), dtype=torch.uint8, generator=generator),
        "depth": torch.rand(B, F, V, 1, H, W, generator=generator) + 0.5,
        "proprioception": torch.randn(B, F, S, generator=generator),
    }
    actions = torch.rand(B, T, A, generator=generator) - 0.5
    mask = torch.ones(B, T, dtype=torch.bool)
    mask[2, 1:] = False
    return Batch(FrameStack(observation, ()), actions, mask)


def keep_features(student: Student, batch: Batch, frozen_format: FeatureFormat) -> Batch:
    rgb = batch.stack.observation["rgb"]
    kept = student.encoder.frozen_features(rgb, format=frozen_format)
    return batch._replace(stack=batch.stack._replace(frozen=kept))


def loss_and_gradients(student: Student, batch: Batch) -> tuple[torch.Tensor, list[torch.Tensor]]:
    loss = student(batch).loss
    return loss.detach(), list(torch.autograd.grad(loss, student.trainable_parameters()))


@pytest.mark.parametrize(
    ("frozen_format", "rtol"), [("float32", 1e-5), ("float16", 1e-2), ("int8", 0.2)]
)
def test_kept_features_give_the_losses_and_gradients_of_recomputing(
    make_student: Callable[..., Student], batch: Batch, frozen_format: FeatureFormat, rtol: float
) -> None:
    student = make_student(num_frames=F, action_horizon=T).train()
    observation = batch.stack.observation
    # Recomputing: the encoder runs its backbone on the images.
    features = student.encoder(observation).features
    expected = student.policy.loss(features, batch.action_chunk, batch.mask)
    expected_gradients = torch.autograd.grad(expected, student.trainable_parameters())
    loss, gradients = loss_and_gradients(student, keep_features(student, batch, frozen_format))
    torch.testing.assert_close(loss, expected.detach(), rtol=rtol, atol=0)
    for found, wanted in zip(gradients, expected_gradients, strict=True):
        distance = (found - wanted).norm() / wanted.norm().clamp(min=1e-8)
        assert distance < rtol


def test_updates_never_run_the_backbone(
    make_student: Callable[..., Student], batch: Batch, monkeypatch: pytest.MonkeyPatch
) -> None:
    student = make_student(num_frames=F, action_horizon=T)
    kept = keep_features(student, batch, "float16")

    def refuse(*_: Any) -> None:
        raise AssertionError("the backbone ran")

    monkeypatch.setattr(student.encoder.backbone, "forward", refuse)
    student(kept).loss.backward()


def test_only_trained_parameters_get_gradients(
    make_student: Callable[..., Student], batch: Batch
) -> None:
    student = make_student(num_frames=F, action_horizon=T)
    student(keep_features(student, batch, "float16")).loss.backward()
    trained = {id(parameter) for parameter in student.trainable_parameters()}
    for name, parameter in student.named_parameters():
        assert (parameter.grad is not None) == (id(parameter) in trained), name
        assert (id(parameter) in trained) == (not name.startswith("encoder.backbone")), name


def test_trained_state_moves_to_another_student(
    make_student: Callable[..., Student], batch: Batch
) -> None:
    student = make_student("impala", num_frames=F, action_horizon=T)
    other = make_student("impala", num_frames=F, action_horizon=T)
    with torch.no_grad():
        for parameter in student.trainable_parameters():
            parameter += torch.randn_like(parameter)
    assert student(batch).loss != other(batch).loss
    other.load_trainable_state(student.trainable_state())
    assert student(batch).loss == other(batch).loss


def test_trained_state_leaves_the_backbone_out(make_student: Callable[..., Student]) -> None:
    names = make_student().trainable_state()
    assert names
    assert not any("backbone" in name for name in names)


def test_proprioception_is_normalised_in_the_student(
    make_student: Callable[..., Student], batch: Batch
) -> None:
    student = make_student("impala", num_frames=F, action_horizon=T)
    raw = make_student("impala", num_frames=F, action_horizon=T)
    values = torch.randn(9, S) * torch.tensor([0.1, 3, 20]) + 4
    student.proprioception.fit(FieldStatistics.of(values.numpy()), "mean_std")
    observation = dict(batch.stack.observation)
    mean, std = values.mean(0), values.std(0, correction=0)
    observation["proprioception"] = (observation["proprioception"] - mean) / std
    normalized = batch._replace(stack=FrameStack(observation, ()))
    torch.testing.assert_close(student(batch).loss, raw(normalized).loss, rtol=1e-5, atol=0)
    assert student(batch).loss != raw(batch).loss


def test_features_come_without_gradient(make_student: Callable[..., Student], batch: Batch) -> None:
    student = make_student("impala", num_frames=F, action_horizon=T)
    loss, features, target_loss = student(batch)
    assert target_loss is None
    assert loss.requires_grad
    assert not features.requires_grad
    assert features.shape == (B, student.encoder.output_dim)


def test_a_policy_that_is_given_targets_sees_what_is_predicted(
    make_student: Callable[..., Student], batch: Batch
) -> None:
    student = make_student("impala", num_frames=F, action_horizon=T)
    features, _ = student.encode(batch.stack)
    config = PrivilegedTargetsConfig(names=("grip_axis",), weight=0.1, to_policy=True)
    student.targets = TargetHeads(config, student.encoder.output_dim)
    told, _ = student.encode(batch.stack)
    assert torch.equal(told[:, :-3], features)
    assert torch.equal(told[:, -3:], student.targets(features))


def test_targets_without_labels_are_refused(
    make_student: Callable[..., Student], batch: Batch
) -> None:
    student = make_student("impala", num_frames=F, action_horizon=T)
    student.targets = TargetHeads(PrivilegedTargetsConfig(), student.encoder.output_dim)
    with pytest.raises(ValueError, match=r"^targets: the student has privileged targets, the"):
        student(batch)


def test_checkpoints_hold_the_heads_of_targets(make_student: Callable[..., Student]) -> None:
    student, other = make_student("impala"), make_student("impala")
    for each in (student, other):
        each.targets = TargetHeads(PrivilegedTargetsConfig(), each.encoder.output_dim)
    other.load_trainable_state(student.trainable_state())
    assert student.targets is not None
    assert other.targets is not None
    for name, value in student.targets.state_dict().items():
        assert torch.equal(other.targets.state_dict()[name], value)
