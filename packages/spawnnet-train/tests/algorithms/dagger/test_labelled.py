from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from spawnnet_train.algorithms.dagger.labelled import expert_episodes

N, L, V, H, W, S, A = 3, 4, 2, 32, 48, 3, 4


@pytest.fixture
def environment(make_environment: Callable[..., Any]) -> Any:
    return make_environment(N, L)


def test_each_environment_gives_an_episode_of_the_expert(environment: Any, expert: Any) -> None:
    episodes = list(expert_episodes("train", environment, expert, None))
    assert [episode.name for episode in episodes] == ["target-0", "target-1", "target-2"]
    targets = environment.privileged_state()["target"]
    for env, episode in enumerate(episodes):
        assert episode.split == "train"
        assert episode.actions.shape == (L, A)
        assert episode.observation["rgb"].shape == (L, V, 3, H, W)
        assert episode.observation["depth"].shape == (L, V, 1, H, W)
        points = episode.observation["proprioception"][:, :2]
        assert points.shape == (L, 2)
        target = np.repeat(targets[env : env + 1], L, axis=0)
        labels = expert.act({"point": points, "target": target})
        np.testing.assert_allclose(episode.actions, labels, atol=1e-6)


def test_a_limit_leaves_out_the_last_ones(environment: Any, expert: Any) -> None:
    all_of_them = list(expert_episodes("train", environment, expert, None))
    few = list(expert_episodes("train", environment, expert, 2))
    assert [episode.name for episode in few] == ["target-0", "target-1"]
    np.testing.assert_array_equal(few[1].actions, all_of_them[1].actions)


def test_names_are_fit_for_files(environment: Any, expert: Any) -> None:
    environment.cabinets = ("drawer-train-v1/00", "b", "c")
    (episode,) = expert_episodes("train", environment, expert, 1)
    assert episode.name == "drawer-train-v1_00"
