"""Demonstrations as episodes along which a student's predictions are looked at."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

from spawnnet_data import Demonstrations
from spawnnet_train.algorithms.algorithm import LabelledEpisode
from spawnnet_train.algorithms.cloning.batch_encoder import BatchEncoder

_AT_ONCE = 64  # steps that the backbone sees together: an episode may be long


def labelled_episode(
    split: str, shown: Demonstrations, episode: int, encode: BatchEncoder | None
) -> LabelledEpisode:
    """Return an episode of a set.

    Args:
        split: What the set is called.
        shown: The set.
        episode: Its number in the set.
        encode: Of the set: has the features that training has kept; None leaves them out.
    """
    steps = np.arange(int(shown.lengths[episode]))
    observation: dict[str, Any] = {
        "rgb": shown.rgb(episode, steps),
        "proprioception": shown.proprioception(episode),
    }
    if shown.mapping.has_depth:
        observation["depth"] = shown.depth(episode, steps)
    name = shown.episode(episode).name
    labelled = LabelledEpisode(split, name, observation, shown.actions(episode))
    if encode is None:
        return labelled
    images = torch.from_numpy(steps) + int(shown.lengths[:episode].sum())
    rgb = torch.from_numpy(observation["rgb"])
    pieces = zip(torch.split(rgb, _AT_ONCE), torch.split(images, _AT_ONCE), strict=True)
    found = [[part.cpu() for part in encode.features(*piece)] for piece in pieces]
    return labelled._replace(frozen=tuple(map(torch.cat, zip(*found, strict=True))))
