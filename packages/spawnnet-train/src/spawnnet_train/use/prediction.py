"""What a student predicts along a demonstration."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from spawnnet_data.batches.dataset import DemonstrationDataset
from spawnnet_data.batches.sampling import BatchRequest, SamplingConfig
from spawnnet_data.reading.demonstrations import Demonstrations
from spawnnet_train.algorithms.cloning.bc import BatchEncoder
from spawnnet_train.runs.saved_run import SavedRun

_BATCH = 32


@dataclass(frozen=True)
class Prediction:
    """One demonstration of L steps and what was predicted at each of them.

    Attributes:
        name: Of the episode.
        rgb: `(L, V, 3, H, W)`, uint8.
        actions: `(L, A)`, float32, demonstrated.
        chunks: `(L, T, A)`, float32, predicted at each step for it and the following ones.
        attention: `(L, V, G, h, w)`, float32, of the present frame; None without adapters.
    """

    name: str
    rgb: NDArray[np.uint8]
    actions: NDArray[np.float32]
    chunks: NDArray[np.float32]
    attention: NDArray[np.float32] | None


@torch.no_grad()
def predict_episode(run: SavedRun, demonstrations: Demonstrations, episode: int) -> Prediction:
    """Return the predictions of a run's student at every step of one demonstration."""
    student, config = run.student, run.config
    sampling = SamplingConfig(config.student.stack_idx, config.student.action_horizon)
    dataset = DemonstrationDataset(demonstrations, sampling)
    encode = BatchEncoder(student, config.train.features, len(dataset))
    generator = torch.Generator(student.device).manual_seed(0)
    stop = int(demonstrations.lengths[: episode + 1].sum())
    start = stop - int(demonstrations.lengths[episode])
    chunks, maps = [], []
    for first in range(start, stop, _BATCH):
        samples = np.arange(first, min(first + _BATCH, stop))
        features, attention = student.encode(encode(dataset[BatchRequest(0, samples)]).stack)
        chunks.append(student.policy.predict(features, generator).cpu())
        if attention is not None:
            maps.append(attention[:, -1].cpu())
    return Prediction(
        name=demonstrations.episode(episode).name,
        rgb=demonstrations.rgb(episode, np.arange(stop - start)),
        actions=demonstrations.actions(episode),
        chunks=torch.cat(chunks).numpy(),
        attention=torch.cat(maps).numpy() if maps else None,
    )
