from contextlib import closing
from typing import Any

import numpy as np
import torch

from spawnnet_train.algorithms.algorithm import LabelledEpisode
from spawnnet_train.runs.launch import open_algorithm
from spawnnet_train.runs.prediction import predict_episode
from spawnnet_train.runs.saved_run import SavedRun, open_saved_run


def first_episode(saved: SavedRun) -> LabelledEpisode:
    with closing(open_algorithm(saved.config)) as algorithm:
        return next(algorithm.labelled_episodes(1))


def test_predictions_are_those_of_the_student_step_by_step(finished: Any) -> None:
    saved = open_saved_run(finished.run.path)
    episode = first_episode(saved)
    found = predict_episode(saved, episode)
    num_steps, A, T = len(episode.actions), saved.spec.action_dim, 3
    assert found.chunks.shape == (num_steps, T, A)
    assert found.attention is not None
    assert found.attention.shape[:3] == (num_steps, 2, 3)
    np.testing.assert_array_equal(found.actions, episode.actions)
    np.testing.assert_array_equal(found.rgb, episode.observation["rgb"])
    offsets = np.asarray(saved.config.student.stack_idx)
    for step in range(num_steps):
        frames = np.maximum(step + offsets - offsets[-1], 0)
        stack = {
            name: torch.from_numpy(array[frames])[None]
            for name, array in episode.observation.items()
        }
        stack["proprioception"] = saved.student.proprioception(stack["proprioception"])
        with torch.no_grad():
            expected = saved.student.policy.predict(saved.student.encoder(stack).features)[0]
        np.testing.assert_allclose(found.chunks[step], expected.numpy(), rtol=2e-3, atol=2e-3)
