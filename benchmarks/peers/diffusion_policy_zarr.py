"""Diffusion Policy's own replay buffer and sampler; its repository has to be on `PYTHONPATH`."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator

import numpy as np
import torch
import zarr
from clock import CAMERAS, draw_episode, loader, run
from diffusion_policy.common.replay_buffer import ReplayBuffer
from diffusion_policy.common.sampler import SequenceSampler


class Samples(torch.utils.data.Dataset):
    """Samples as its data sets make them, which read as few frames as are seen."""

    def __init__(self, buffer: ReplayBuffer, frames: int, horizon: int) -> None:
        self._frames = frames
        self._seen = (*CAMERAS, "state")
        self._sampler = SequenceSampler(
            buffer,
            sequence_length=frames - 1 + horizon,
            pad_before=frames - 1,
            pad_after=horizon - 1,
            key_first_k=dict.fromkeys(self._seen, frames),
        )

    def __len__(self) -> int:
        return len(self._sampler)

    def __getitem__(self, index: int) -> dict[str, torch.Tensor]:
        sample = self._sampler.sample_sequence(index)
        sample = {k: v[: self._frames] if k in self._seen else v for k, v in sample.items()}
        for camera in CAMERAS:
            sample[camera] = np.moveaxis(sample[camera], -1, 1)
        return {key: torch.from_numpy(value) for key, value in sample.items()}


def write(chosen: argparse.Namespace) -> None:
    """Write a replay buffer with its own chunks and compression."""
    group = zarr.open_group(zarr.DirectoryStore(str(chosen.path)), mode="w")
    buffer = ReplayBuffer.create_empty_zarr(root=group)
    for number in range(chosen.episodes):
        buffer.add_episode(draw_episode(number, chosen.steps, chosen.size))


def read(chosen: argparse.Namespace) -> Callable[[], Iterator[int]]:
    """Return what opens the buffer, on disk or as a copy in memory."""
    opened = ReplayBuffer.copy_from_path if chosen.kept else ReplayBuffer.create_from_path
    return lambda: loader(Samples(opened(str(chosen.path)), chosen.frames, chosen.horizon))


if __name__ == "__main__":
    run(write, read)
