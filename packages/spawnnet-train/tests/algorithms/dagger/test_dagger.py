from collections.abc import Callable
from typing import Any

import pytest

from spawnnet_train.algorithms.dagger.dagger import Dagger, DaggerConfig
from spawnnet_train.algorithms.dagger.mixing import MixingConfig
from spawnnet_train.learning.optimization import OptimizerConfig
from spawnnet_train.student.student import Student, StudentActor


@pytest.fixture
def make_dagger(
    make_cells: Callable[..., Any],
    make_student: Callable[..., Student],
    make_actor: Callable[..., StudentActor],
    expert: Any,
) -> Callable[..., Dagger]:
    def make(**settings: Any) -> Dagger:
        student = make_student("spawnnet")
        return Dagger(
            DaggerConfig(**settings),
            student=student,
            actor=make_actor(student, 3),
            environment=make_cells(num_cells=3, episode_steps=8),
            expert=expert,
            seed=2,
        )

    return make


def test_episodes_are_rounded_up_to_whole_rollouts(make_dagger: Callable[..., Dagger]) -> None:
    dagger = make_dagger(warmup_episodes=4, episodes_per_round=3, rounds=1)
    steps: list[None] = []
    assert dagger.num_rollouts(0) == 2
    assert dagger.num_rollouts(1) == 1
    rate = dagger.collect(0, lambda: steps.append(None))
    assert rate.episodes == 6
    assert len(steps) == 2 * 8
    assert len(dagger.replay) == 6 * 8


def test_the_warm_up_is_the_experts_and_no_start_is_used_twice(
    make_dagger: Callable[..., Dagger],
) -> None:
    dagger = make_dagger(mixing=MixingConfig(schedule="linear", linear_rounds=2))
    assert [dagger.expert_share(r) for r in range(4)] == [1.0, 0.5, 0.0, 0.0]
    dagger.collect(0, lambda: None)
    dagger.collect(1, lambda: None)
    starts = dagger.replay.batch(_first_steps(dagger)).stack.observation["proprioception"][:, 0, :2]
    assert len({tuple(start) for start in starts.tolist()}) == len(starts)


def _first_steps(dagger: Dagger) -> Any:
    import torch

    return torch.arange(0, len(dagger.replay), 8)


def test_a_round_has_its_updates_and_ends_where_the_schedule_ends(
    make_dagger: Callable[..., Dagger],
) -> None:
    dagger = make_dagger(rounds=1, updates_per_round=3, batch_size=4, schedule={"name": "cosine"})
    advanced: list[None] = []
    for round_index in range(2):
        dagger.collect(round_index, lambda: None)
        assert len(list(dagger.learn(lambda: advanced.append(None)))) == 3
    assert len(advanced) == dagger.learner.num_updates == dagger.config.total_updates == 6
    assert dagger.learner.lr == pytest.approx(0, abs=1e-12)


@pytest.mark.slow
def test_the_student_learns_to_do_it_alone(make_dagger: Callable[..., Dagger]) -> None:
    dagger = make_dagger(
        warmup_episodes=12,
        episodes_per_round=6,
        rounds=3,
        updates_per_round=60,
        batch_size=32,
        optimizer=OptimizerConfig(lr=2e-3),
    )
    before = dagger.collect(1, lambda: None).rate
    for round_index in range(4):
        dagger.collect(round_index, lambda: None)
        list(dagger.learn(lambda: None))
    after = [dagger.collect(1, lambda: None).rate for _ in range(4)]
    assert before < 0.5
    assert sum(after) / 4 > 0.8
