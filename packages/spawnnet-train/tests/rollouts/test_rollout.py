from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch

from spawnnet_train.rollouts.rollout import Step, rollout
from spawnnet_train.student.actor import StudentActor
from spawnnet_train.student.student import Student


@pytest.fixture
def environment(make_environment: Callable[..., Any]) -> Any:
    return make_environment(num_envs=4, episode_steps=9)


@pytest.fixture
def actor(make_student: Callable[..., Student], make_actor: Callable[..., StudentActor]) -> Any:
    return make_actor(make_student("impala"), 4)


def positions(steps: list[Step]) -> np.ndarray:
    """Return the points as the student saw them, `(time, N, 2)`."""
    return np.stack([step.frame.observation["proprioception"][:, :2].numpy() for step in steps])


def test_the_label_belongs_to_the_observation_that_it_stands_beside(
    environment: Any, actor: StudentActor, expert: Any
) -> None:
    steps = list(rollout(environment, actor, seed=3, expert=expert, expert_share=0.5))
    targets = environment.privileged_state()["target"]
    assert len(steps) == 9
    for step in steps:
        seen = step.frame.observation["proprioception"][:, :2].numpy()
        expected = expert.act({"point": seen, "target": targets})
        np.testing.assert_allclose(step.label, expected, atol=1e-6)


@pytest.mark.parametrize("share", [0.0, 0.3, 1.0])
def test_each_environment_follows_whoever_acts_there(
    environment: Any, actor: StudentActor, expert: Any, share: float
) -> None:
    steps = list(rollout(environment, actor, seed=3, expert=expert, expert_share=share))
    seen = positions(steps)
    by_expert = np.stack([step.by_expert for step in steps])[:-1]
    labels = np.stack([step.label for step in steps])[:-1, :, :2]
    follows_expert = np.isclose(np.diff(seen, axis=0), 0.15 * labels, atol=1e-5).all(-1)
    assert (follows_expert == by_expert).all()
    assert by_expert.mean() == pytest.approx(share, abs=0.15)


def test_the_student_acts_on_what_it_sees_now(
    environment: Any, make_student: Callable[..., Student], make_actor: Callable[..., StudentActor]
) -> None:
    student = make_student("spawnnet", num_frames=2).eval()
    with torch.no_grad():  # away from the near-zero initial output
        for parameter in student.policy.parameters():
            parameter += 0.05 * torch.randn_like(parameter)
    steps = list(rollout(environment, make_actor(student, 4), seed=8))
    moved = np.diff(positions(steps), axis=0)[:, :, :2]
    for now, (before, step) in enumerate(zip([steps[0], *steps[:-1]], steps[:-1], strict=False)):
        observation = {
            name: torch.stack([before.frame.observation[name], tensor], 1)
            for name, tensor in step.frame.observation.items()
        }
        with torch.no_grad():
            action = student.policy.predict(student.encoder(observation).features)[:, 0, :2]
        inside = np.abs(positions(steps)[now + 1]) < 1
        np.testing.assert_allclose(
            moved[now][inside], 0.15 * action.numpy()[inside], atol=2e-4, rtol=0.02
        )


def test_the_same_seed_repeats_a_rollout_and_another_does_not(
    environment: Any, actor: StudentActor, expert: Any
) -> None:
    def run(seed: int) -> np.ndarray:
        return positions(
            list(rollout(environment, actor, seed=seed, expert=expert, expert_share=0.5))
        )

    assert np.array_equal(run(5), run(5))
    assert not np.array_equal(run(5)[0], run(6)[0])


def test_without_an_expert_nothing_is_labelled(environment: Any, actor: StudentActor) -> None:
    steps = list(rollout(environment, actor, seed=1))
    assert all(step.label is None for step in steps)
    assert not any(step.by_expert.any() for step in steps)


def test_success_is_that_after_the_action_and_stays(
    environment: Any, actor: StudentActor, expert: Any
) -> None:
    steps = list(rollout(environment, actor, seed=2, expert=expert, expert_share=1.0))
    success = np.stack([step.success for step in steps])
    assert not success[0].all()
    assert success[-1].all()
    assert (np.diff(success.astype(int), axis=0) >= 0).all()


def test_a_blind_student_gets_black_images(environment: Any, actor: StudentActor) -> None:
    (step, *_) = rollout(environment, actor, seed=1, is_blind=True)
    assert not step.frame.observation["rgb"].any()
    assert not step.frame.observation["depth"].any()
    assert step.frame.observation["proprioception"].any()


def test_the_plan_of_a_chunk_is_dropped_where_the_expert_acted(
    environment: Any,
    expert: Any,
    make_student: Callable[..., Student],
    make_actor: Callable[..., StudentActor],
) -> None:
    student = make_student("impala", action_horizon=3)
    actor = make_actor(student, 4, execution_horizon=3)
    asked: list[torch.Tensor] = []
    act = actor._executor.act
    actor._executor.act = lambda *a: (asked.append(actor._executor.needs_features), act(*a))[1]
    steps = list(rollout(environment, actor, seed=4, expert=expert, expert_share=0.4))
    for before, now in zip(steps, asked[1:], strict=False):
        assert now.numpy()[before.by_expert].all()


class Backwards:
    """Acts against the expert."""

    def __init__(self, expert: Any) -> None:
        self.expert, self.seeds = expert, []

    def reset(self, seed: int) -> None:
        self.seeds.append(seed)

    def act(self, privileged: Any) -> np.ndarray:
        return -self.expert.act(privileged)


@pytest.mark.parametrize("share", [0.4, 1.0])
def test_an_expert_that_acts_otherwise_is_labelled_right(
    environment: Any, actor: StudentActor, expert: Any, share: float
) -> None:
    acting: Any = Backwards(expert)
    steps = list(
        rollout(environment, actor, seed=3, expert=expert, acting_expert=acting, expert_share=share)
    )
    assert acting.seeds == [3]
    seen, targets = positions(steps), environment.privileged_state()["target"]
    for step, point in zip(steps, seen, strict=True):
        expected = expert.act({"point": point, "target": targets})
        np.testing.assert_allclose(step.label, expected, atol=1e-6)
    by_expert = np.stack([step.by_expert for step in steps])[:-1]
    against = seen[:-1] - 0.15 * np.stack([step.label for step in steps])[:-1, :, :2]
    followed = np.isclose(seen[1:], np.clip(against, -1, 1), atol=1e-5).all(-1)
    assert followed[by_expert].all()


def test_where_the_expert_acts_alone_only_every_kth_step_is_seen(
    environment: Any, actor: StudentActor, expert: Any
) -> None:
    def seen(share: float) -> list[bool]:
        steps = rollout(environment, actor, seed=3, expert=expert, expert_share=share, look_every=4)
        return [step.frame is not None for step in steps]

    assert seen(1.0) == [True, False, False, False, True, False, False, False, True]
    assert all(seen(0.9))  # a student that may act has to see
    dense = list(rollout(environment, actor, seed=3, expert=expert, expert_share=1.0))
    sparse = rollout(environment, actor, seed=3, expert=expert, expert_share=1.0, look_every=4)
    for step, other in zip(dense, sparse, strict=True):
        np.testing.assert_array_equal(step.label, other.label)
        if other.frame is not None:
            for name, tensor in step.frame.observation.items():
                assert torch.equal(tensor, other.frame.observation[name]), name
