"""Batches of demonstrations, read from disk when they are asked for."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar, final

import numpy as np
import torch
from numpy.typing import NDArray
from torch.utils.data import Dataset

from spawnnet_data.batches.augmentation import Augmentation
from spawnnet_data.batches.batch import Batch
from spawnnet_data.batches.sampler import BatchRequest
from spawnnet_data.batches.windows import Indices, SampleIndex, SamplingConfig
from spawnnet_data.common.errors import DataError
from spawnnet_data.reading.demonstrations import Demonstrations
from spawnnet_data.reading.views import Floats

logger = logging.getLogger(__name__)
PixelT = TypeVar("PixelT", bound=np.generic)
# rgb, depth if there is any, and which images are broken.
Pixels = tuple[NDArray[np.uint8], Floats | None, NDArray[np.bool_]]


@final
class DemonstrationDataset(Dataset[Batch]):
    """Whole batches of demonstrations: indexed by the request of a batch, not by a sample.

    So each image of a batch is read once, however many of its samples see it.
    """

    def __init__(
        self,
        demonstrations: Demonstrations,
        sampling: SamplingConfig,
        *,
        augmentation: Augmentation | None = None,
    ) -> None:
        """Combine demonstrations with what a sample holds.

        Args:
            demonstrations: Checked episodes. With their `skip_broken`, an image that turns out to
                be damaged is logged, and the samples that see it are masked.
            sampling: Frames and actions of a sample.
            augmentation: Applied to images; None for validation, always.
        """
        self._demonstrations = demonstrations
        self._index = SampleIndex(demonstrations.lengths, sampling)
        self._augmentation = augmentation

    def __len__(self) -> int:
        """Return the number of samples, one for each time step."""
        return len(self._index)

    def __getitem__(self, request: BatchRequest) -> Batch:
        """Read one batch.

        Raises:
            DataError: If an image cannot be read and broken ones are not skipped.
        """
        samples = request.samples
        frames = self._index.frames(samples)
        images, rows, (rgb, depth, broken) = self._read_frames(frames)
        actions, mask = self._chunks(samples)
        mask &= ~(broken[rows].any(1, keepdims=True) | request.is_padding)
        batch = Batch(
            rgb=torch.from_numpy(rgb),
            depth=None if depth is None else torch.from_numpy(depth),
            frames=torch.from_numpy(rows),
            image_ids=torch.from_numpy(images),
            proprioception=torch.from_numpy(self._stack_proprioception(frames)),
            actions=torch.from_numpy(actions),
            mask=torch.from_numpy(mask),
            samples=torch.from_numpy(samples),
        )
        return batch if self._augmentation is None else self._augmented(batch, request)

    def _augmented(self, batch: Batch, request: BatchRequest) -> Batch:
        assert self._augmentation is not None
        seen = batch.observation()
        rgb, depth = self._augmentation(
            seen["rgb"], seen.get("depth"), epoch=request.epoch, samples=request.samples
        )
        B, F = batch.frames.shape
        return replace(
            batch,
            rgb=rgb.flatten(0, 1),
            depth=None if depth is None else depth.flatten(0, 1),
            frames=torch.arange(B * F).reshape(B, F),
            image_ids=None,
        )

    def _read_frames(self, frames: Indices) -> tuple[Indices, Indices, Pixels]:
        """Return the images `(N,)` of frames `(B, F)`, which of them each frame is, and them."""
        images, rows = np.unique(frames, return_inverse=True)
        is_distinct = len(images) == frames.size
        # In memory their order costs nothing, and in this one they need not be stacked.
        kept = self._demonstrations.kept(frames.reshape(-1) if is_distinct else images)
        if kept is None:
            return images, rows.reshape(frames.shape), self._read_images(images)
        if is_distinct:
            images, rows = frames.reshape(-1), np.arange(frames.size)
        return images, rows.reshape(frames.shape), (*kept, np.zeros(len(images), np.bool_))

    def _read_images(self, images: Indices) -> Pixels:
        """Return rgb and depth of images numbered through all episodes, and which are broken."""
        demonstrations = self._demonstrations
        views, size = len(demonstrations.views), demonstrations.image_size
        has_depth = demonstrations.mapping.has_depth
        rgb = np.empty((len(images), views, 3, *size), np.uint8)
        depth = np.empty((len(images), views, 1, *size), np.float32) if has_depth else None
        broken = np.zeros(len(images), np.bool_)
        episodes, steps = self._index.locate(images)
        # Numbers ascend, so the images of an episode are neighbours.
        starts = np.flatnonzero(np.diff(episodes, prepend=-1)).tolist()
        for start, stop in zip(starts, [*starts[1:], len(images)], strict=True):
            part, episode = slice(start, stop), int(episodes[start])
            broken[part] |= self._fill(demonstrations.rgb, episode, steps[part], rgb[part])
            if depth is not None:
                broken[part] |= self._fill(demonstrations.depth, episode, steps[part], depth[part])
        return rgb, depth, broken

    def _fill(
        self,
        read: Callable[[int, Indices, NDArray[PixelT]], NDArray[PixelT]],
        episode: int,
        steps: Indices,
        out: NDArray[PixelT],
    ) -> NDArray[np.bool_]:
        """Read images of one episode and return which are broken."""
        try:
            read(episode, steps, out)
        except DataError as error:
            if not self._demonstrations.skip_broken:
                raise
            if len(steps) > 1:
                ones = [slice(i, i + 1) for i in range(len(steps))]
                return np.concatenate([self._fill(read, episode, steps[i], out[i]) for i in ones])
            logger.warning("Masked the samples that see it: %s", error)
            out[:] = 0
            return np.ones(1, np.bool_)
        return np.zeros(len(steps), np.bool_)

    def _chunks(self, samples: Indices) -> tuple[Floats, NDArray[np.bool_]]:
        """Return action chunks `(B, T, A)` and their mask `(B, T)`."""
        episodes, _ = self._index.locate(samples)
        chunks = self._index.chunks(samples)
        pairs = zip(episodes.tolist(), chunks.steps, strict=True)
        actions = np.stack([self._demonstrations.actions(e)[t] for e, t in pairs])
        return actions, chunks.mask

    def _stack_proprioception(self, frames: Indices) -> Floats:
        """Return `(B, F, S)`."""
        episodes, times = self._index.locate(frames)
        pairs = zip(episodes[:, 0].tolist(), times, strict=True)
        return np.stack([self._demonstrations.proprioception(e)[t] for e, t in pairs])
