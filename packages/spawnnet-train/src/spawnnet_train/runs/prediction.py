"""What a student predicts along an episode that it did not act in."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from spawnnet_data import SampleIndex, SamplingConfig
from spawnnet_record.report.predictions import PredictedEpisode, write_prediction
from spawnnet_train.algorithms.algorithm import LabelledEpisode
from spawnnet_train.runs.saved_run import SavedRun
from spawnnet_train.student.frames import FrameStack

_BATCH = 32
_LONGEST = 200  # steps


@dataclass(frozen=True)
class Prediction:
    """One episode of L steps and what was predicted at each of them.

    Attributes:
        name: Of the episode.
        rgb: `(L, V, 3, H, W)`, uint8.
        actions: `(L, A)`, float32, those of the demonstrator or of the expert.
        chunks: `(L, T, A)`, float32, predicted at each step for it and the following ones.
        attention: `(L, V, G, h, w)`, float32, of the present frame; None without adapters.
    """

    name: str
    rgb: NDArray[np.uint8]
    actions: NDArray[np.float32]
    chunks: NDArray[np.float32]
    attention: NDArray[np.float32] | None


def record_predictions(run: SavedRun, episodes: Iterable[LabelledEpisode]) -> None:
    """Write the first actions that a student predicts along episodes, for the report of its run.

    Of a long episode that is its beginning.
    """
    for number, episode in enumerate(episodes):
        beginning = episode._replace(
            observation={name: array[:_LONGEST] for name, array in episode.observation.items()},
            actions=episode.actions[:_LONGEST],
            frozen=episode.frozen and tuple(part[:_LONGEST] for part in episode.frozen),
        )
        predicted = PredictedEpisode(
            run.checkpoint,
            episode.split,
            episode.name,
            run.spec.action_names,
            beginning.actions.tolist(),
            predict_episode(run, beginning).chunks[:, 0].tolist(),
        )
        folder = run.directory.pictures / run.checkpoint
        write_prediction(folder / f"{number:03d}.json", predicted)


@torch.no_grad()
def predict_episode(run: SavedRun, episode: LabelledEpisode) -> Prediction:
    """Return the predictions of a run's student at every step of an episode."""
    student, config = run.student, run.config.student
    num_steps = len(episode.actions)
    sampling = SamplingConfig(config.stack_idx, config.action_horizon)
    index = SampleIndex([num_steps], sampling)
    generator = torch.Generator(student.device).manual_seed(0)
    chunks, maps = [], []
    for first in range(0, num_steps, _BATCH):
        steps = np.arange(first, min(first + _BATCH, num_steps))
        features, attention = student.encode(_stack(run, episode, index.frames(steps)))
        chunks.append(student.policy.predict(features, generator).cpu())
        if attention is not None:
            maps.append(attention[:, -1].cpu())
    return Prediction(
        name=episode.name,
        rgb=episode.observation["rgb"],
        actions=episode.actions,
        chunks=torch.cat(chunks).numpy(),
        attention=torch.cat(maps).numpy() if maps else None,
    )


def _stack(run: SavedRun, episode: LabelledEpisode, frames: NDArray[np.int64]) -> FrameStack:
    """Return the steps `frames` `(B, F)` of an episode for the student, each encoded once."""
    student = run.student
    shown, places = np.unique(frames, return_inverse=True)
    index = torch.from_numpy(places.reshape(frames.shape))
    observation = {
        name: torch.from_numpy(array[shown]).to(student.device)
        for name, array in episode.observation.items()
    }
    if episode.frozen is not None:
        parts = tuple(part[shown].to(student.device) for part in episode.frozen)
    else:  # (n, V, 3, H, W) -> (n, 1, V, 3, H, W): each image is a stack of one
        rgb, form = observation["rgb"].unsqueeze(1), run.config.student.frozen_format
        parts = tuple(p.squeeze(1) for p in student.encoder.frozen_features(rgb, format=form))
    return FrameStack(
        {name: tensor[index] for name, tensor in observation.items()},
        tuple(part[index] for part in parts),
    )
