from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch

from spawnnet_encoders.quantization import unpack
from spawnnet_train.student.actor import StudentActor
from spawnnet_train.student.config import StudentConfig
from spawnnet_train.student.student import Student

V, A, N, T = 2, 4, 3, 3
MakeStudent = Callable[..., Student]
MakeActor = Callable[..., StudentActor]


@pytest.fixture
def observations(make_environment: Callable[..., Any]) -> list[dict[str, Any]]:
    """What N environments show in five steps of standing still and pushing."""
    environment = make_environment(N)
    seen = [environment.reset(seed=0)[0]]
    seen += [environment.step(np.full((N, A), 0.3, np.float32))[0] for _ in range(4)]
    return seen


def test_a_plan_is_carried_out_without_encoding_again(
    make_student: MakeStudent, make_actor: MakeActor, observations: list[Any]
) -> None:
    student = make_student(action_horizon=T)
    actor = make_actor(student, N, execution_horizon=2)
    calls: list[int] = []
    student.encoder.register_forward_hook(lambda *_: calls.append(1))
    actor.reset(seed=0)
    for seen, expected in zip(observations, (1, 1, 2, 2), strict=False):
        actor.observe(seen)
        assert actor.act().shape == (N, A)
        assert len(calls) == expected


@pytest.mark.parametrize("num_frames", [1, 2])
def test_the_backbone_sees_no_image_whose_features_nobody_reads(
    make_student: MakeStudent, make_actor: MakeActor, observations: list[Any], num_frames: int
) -> None:
    student = make_student(action_horizon=T, num_frames=num_frames)
    assert student.encoder.backbone is not None
    actor = make_actor(student, N, execution_horizon=3)
    images: list[int] = []
    student.encoder.backbone.register_forward_hook(lambda *_: images.append(1))
    actor.reset(seed=0)
    looked = []
    for seen, is_kept in zip(observations[:4], (False, False, True, False), strict=True):
        frame = actor.observe(seen, is_kept=is_kept)
        assert torch.equal(frame.observation["rgb"], torch.from_numpy(seen["rgb"]))
        actor.act()
        looked.append((bool(frame.frozen), bool(images)))
        images.clear()
    expected = [True, num_frames == 2, True, True]
    assert looked == [(each, each) for each in expected]


def test_between_two_plans_it_can_be_asked_for_one(
    make_student: MakeStudent, make_actor: MakeActor, observations: list[Any]
) -> None:
    student = make_student(action_horizon=T)
    lazy, fresh = (make_actor(student, N, execution_horizon=3) for _ in range(2))
    lazy.reset(seed=0)
    for seen in observations[:2]:
        lazy.observe(seen)
        lazy.act()
    fresh.reset(seed=0)
    fresh.observe(observations[1])
    for _ in range(2):
        np.testing.assert_array_equal(lazy.plan(), fresh.plan())


def test_an_interrupted_plan_is_made_anew_in_that_environment_alone(
    make_student: MakeStudent, make_actor: MakeActor, observations: list[Any]
) -> None:
    actor = make_actor(make_student("impala", action_horizon=T), N, execution_horizon=3)
    actor.reset(seed=0)
    actor.observe(observations[0])
    actor.act()
    actor.interrupt(np.array([False, True, False]))
    assert actor._executor.needs_features.tolist() == [False, True, False]


@pytest.mark.parametrize("frozen_format", ["float16", "int8"])
def test_it_acts_on_what_features_are_rounded_to(
    make_student: MakeStudent, make_actor: MakeActor, observations: list[Any], frozen_format: Any
) -> None:
    student = make_student()
    actor = make_actor(student, N, frozen_format=frozen_format)
    actor.reset(seed=0)
    frame = actor.observe(observations[0])
    tensors = {name: torch.tensor(array)[:, None] for name, array in observations[0].items()}
    packed = student.encoder.frozen_features(tensors["rgb"], format=frozen_format)
    for found, expected in zip(frame.frozen, packed, strict=True):
        assert torch.equal(found, expected[:, 0])
    restored = tuple(part.float() for part in unpack(packed))
    with torch.no_grad():
        features = student.encoder(tensors, restored).features
        expected = student.policy.predict(features)[:, 0]
    np.testing.assert_array_equal(actor.act(), expected.numpy())


def test_what_the_adapters_looked_at_is_kept_until_the_next_episode(
    make_student: MakeStudent, make_actor: MakeActor, observations: list[Any]
) -> None:
    actor = make_actor(make_student(num_frames=2), N)
    actor.reset(seed=0)
    assert actor.attention is None
    actor.observe(observations[0])
    actor.act()
    assert actor.attention is not None
    assert actor.attention.shape[:4] == (N, 2, V, 3)
    actor.reset(seed=0)
    assert actor.attention is None


def test_ensembling_blends_the_plans_of_past_steps(
    make_student: MakeStudent, make_actor: MakeActor, observations: list[Any]
) -> None:
    student, decay = make_student("impala", action_horizon=T).eval(), 0.5
    with torch.no_grad():
        for parameter in student.policy.parameters():
            parameter += 0.1 * torch.randn_like(parameter)
    actor = make_actor(student, N, ensemble_decay=decay)
    actor.reset(seed=0)
    chunks: list[np.ndarray] = []
    for step, seen in enumerate(observations):
        tensors = {name: torch.tensor(array)[:, None] for name, array in seen.items()}
        with torch.no_grad():
            chunk = student.policy.predict(student.encoder(tensors).features)
        chunks.append(chunk.numpy())
        ages = np.arange(min(step, T - 1), -1, -1)  # the oldest chunk has the largest weight
        plans = [chunks[step - age][:, age] for age in ages]
        expected = np.average(plans, axis=0, weights=np.exp(-decay * np.arange(len(ages))))
        actor.observe(seen)
        np.testing.assert_allclose(actor.act(), expected, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("name", ["spawnnet", "impala"])
@pytest.mark.parametrize("inference_batch", [1, 2, 5])
def test_in_slices_it_acts_as_on_the_whole(
    make_student: MakeStudent, observations: list[Any], name: str, inference_batch: int
) -> None:
    student = make_student(name, num_frames=2, action_horizon=T)
    config = StudentConfig(stack_idx=(0, 1), action_horizon=T)
    whole = StudentActor(student, config, N)
    sliced = StudentActor(student, config, N, inference_batch=inference_batch)
    sizes: list[int] = []
    for actor in (whole, sliced):
        actor.reset(seed=0)
    for seen in observations[:3]:
        expected = whole.observe(seen)
        handle = student.encoder.register_forward_hook(
            lambda _, inputs, __: sizes.append(len(inputs[0]["rgb"]))
        )
        frame = sliced.observe(seen)
        np.testing.assert_allclose(sliced.plan(), sliced.plan(), atol=1e-6)
        handle.remove()
        for found, part in zip(frame.frozen, expected.frozen, strict=True):
            np.testing.assert_allclose(found.float(), part.float(), rtol=2e-3, atol=1e-3)
        np.testing.assert_allclose(sliced.act(), whole.act(), atol=1e-4)
        assert (sliced.attention is None) == (whole.attention is None)
        if whole.attention is not None and sliced.attention is not None:
            np.testing.assert_allclose(sliced.attention, whole.attention, atol=1e-4)
    assert max(sizes) <= inference_batch
    assert sum(sizes) == 3 * 2 * N
