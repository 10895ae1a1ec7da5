"""A batch of samples in which every image is held once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from typing import Any, final

import torch
from torch import Tensor


@final
@dataclass(frozen=True)
class Batch:
    """B samples that share N images.

    Attributes:
        rgb: `(N, V, 3, H, W)` uint8.
        depth: `(N, V, 1, H, W)` float32 in metres, or None without depth.
        frames: `(B, F)` int64, which of the N images are the frames of a sample.
        image_ids: `(N,)` int64, number of the image through all episodes, for features kept from
            batch to batch; None where augmentation has made every image unique.
        proprioception: `(B, F, S)` float32, in the units of the files.
        actions: `(B, T, A)` float32, in the units of the files.
        mask: `(B, T)` bool, false on padding: `actions` repeats the last one there.
        samples: `(B,)` int64, number of the sample's time step through all episodes.
    """

    rgb: Tensor
    depth: Tensor | None
    frames: Tensor
    image_ids: Tensor | None
    proprioception: Tensor
    actions: Tensor
    mask: Tensor
    samples: Tensor

    def observation(self) -> dict[str, Tensor]:
        """Return `rgb (B, F, V, 3, H, W)`, `depth` and `proprioception` for an encoder.

        Where no two frames share an image and they are in order, images are not copied.
        """
        observation = {"rgb": self._stack(self.rgb), "proprioception": self.proprioception}
        if self.depth is not None:
            observation["depth"] = self._stack(self.depth)
        return observation

    def _stack(self, images: Tensor) -> Tensor:
        rows = self.frames.flatten()
        # Asking a GPU would wait for it.
        if rows.is_cuda or not torch.equal(rows, torch.arange(len(images), device=rows.device)):
            # Selecting along one axis copies whole images; indexing with (B, F) takes elements.
            images = images.index_select(0, rows)
        return images.reshape(*self.frames.shape, *images.shape[1:])

    def to(self, device: torch.device | str, *, non_blocking: bool = False) -> Batch:
        """Return the batch on a device."""
        return self._map(lambda tensor: tensor.to(device, non_blocking=non_blocking))

    def pin_memory(self) -> Batch:
        """Return the batch in page-locked memory; torch's loader calls this."""
        return self._map(torch.Tensor.pin_memory)

    def _map(self, change: Callable[[Tensor], Tensor]) -> Batch:
        values: dict[str, Any] = {field.name: getattr(self, field.name) for field in fields(self)}
        changed = {k: change(value) for k, value in values.items() if value is not None}
        return replace(self, **changed)
