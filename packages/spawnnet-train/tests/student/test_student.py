from collections.abc import Callable
from typing import Any

import pytest
import torch

from spawnnet_train.student.frames import FrameStack
from spawnnet_train.student.student import Batch, Student, StudentActor, StudentConfig

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


def keep_features(student: Student, batch: Batch, dtype: torch.dtype) -> Batch:
    features = student.encoder.frozen_features(batch.stack.observation["rgb"])
    kept = tuple(feature.to(dtype) for feature in features)
    return batch._replace(stack=batch.stack._replace(frozen=kept))


def loss_and_gradients(student: Student, batch: Batch) -> tuple[torch.Tensor, list[torch.Tensor]]:
    loss = student(batch)
    return loss.detach(), list(torch.autograd.grad(loss, student.trainable_parameters()))


@pytest.mark.parametrize(("dtype", "rtol"), [(torch.float32, 1e-5), (torch.float16, 1e-2)])
def test_kept_features_give_the_losses_and_gradients_of_recomputing(
    make_student: Callable[..., Student], batch: Batch, dtype: torch.dtype, rtol: float
) -> None:
    student = make_student(num_frames=F, action_horizon=T).train()
    observation = batch.stack.observation
    # Recomputing: the encoder runs its backbone on the images.
    features = student.encoder(observation).features
    expected = student.policy.loss(features, batch.action_chunk, batch.mask)
    expected_gradients = torch.autograd.grad(expected, student.trainable_parameters())
    loss, gradients = loss_and_gradients(student, keep_features(student, batch, dtype))
    torch.testing.assert_close(loss, expected.detach(), rtol=rtol, atol=0)
    for found, wanted in zip(gradients, expected_gradients, strict=True):
        distance = (found - wanted).norm() / wanted.norm().clamp(min=1e-8)
        assert distance < rtol


def test_updates_never_run_the_backbone(
    make_student: Callable[..., Student], batch: Batch, monkeypatch: pytest.MonkeyPatch
) -> None:
    student = make_student(num_frames=F, action_horizon=T)
    kept = keep_features(student, batch, torch.float16)

    def refuse(*_: Any) -> None:
        raise AssertionError("the backbone ran")

    monkeypatch.setattr(student.encoder.backbone, "forward", refuse)
    student(kept).backward()


def test_only_trained_parameters_get_gradients(
    make_student: Callable[..., Student], batch: Batch
) -> None:
    student = make_student(num_frames=F, action_horizon=T)
    student(keep_features(student, batch, torch.float16)).backward()
    trained = {id(parameter) for parameter in student.trainable_parameters()}
    for name, parameter in student.named_parameters():
        assert (parameter.grad is not None) == (id(parameter) in trained), name
        assert (id(parameter) in trained) == (not name.startswith("encoder.backbone")), name


def test_trained_state_moves_to_another_student(
    make_student: Callable[..., Student], batch: Batch
) -> None:
    student, other = make_student("impala", num_frames=F, action_horizon=T), None
    other = make_student("impala", num_frames=F, action_horizon=T)
    with torch.no_grad():
        for parameter in student.trainable_parameters():
            parameter += torch.randn_like(parameter)
    assert student(batch) != other(batch)
    other.load_trainable_state(student.trainable_state())
    assert student(batch) == other(batch)


def test_trained_state_leaves_the_backbone_out(make_student: Callable[..., Student]) -> None:
    names = make_student().trainable_state()
    assert names
    assert not any("backbone" in name for name in names)


def test_a_batch_moves_as_a_whole(make_student: Callable[..., Student], batch: Batch) -> None:
    kept = keep_features(make_student(num_frames=F), batch, torch.float16)
    moved = kept.to(torch.device("meta"))
    tensors = [*moved.stack.observation.values(), *moved.stack.frozen, *moved[1:]]
    assert all(tensor.device.type == "meta" for tensor in tensors)


def test_an_actor_with_a_plan_does_not_encode(
    make_student: Callable[..., Student],
    make_actor: Callable[..., StudentActor],
    make_cells: Callable[..., Any],
) -> None:
    student = make_student(action_horizon=3)
    actor = make_actor(student, 2, execution_horizon=2)
    calls = []
    student.encoder.register_forward_hook(lambda *_: calls.append(1))
    observation, _ = make_cells(2).reset(seed=0)
    actor.reset(seed=0)
    for expected in (1, 1, 2, 2):
        actor.observe(observation)
        assert actor.act().shape == (2, A)
        assert len(calls) == expected


def test_an_actor_keeps_what_the_adapters_looked_at(
    make_student: Callable[..., Student],
    make_actor: Callable[..., StudentActor],
    make_cells: Callable[..., Any],
) -> None:
    actor = make_actor(make_student(num_frames=F), 3)
    observation, _ = make_cells(3).reset(seed=0)
    actor.reset(seed=0)
    assert actor.attention is None
    actor.observe(observation)
    actor.act()
    assert actor.attention is not None
    assert actor.attention.shape[:4] == (3, F, V, 3)


def test_an_execution_horizon_beyond_the_action_horizon_is_refused() -> None:
    with pytest.raises(ValueError, match="execution_horizon: must be at most `action_horizon`"):
        StudentConfig(action_horizon=2, execution_horizon=3)
