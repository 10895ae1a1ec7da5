"""Features of the frozen backbone, kept from epoch to epoch within a limit of memory."""

from typing import final

import torch
from torch import Tensor

from spawnnet_encoders.encoder import Encoder
from spawnnet_encoders.quantization import FeatureFormat


@final
class FeatureStore:
    """Features of the images of one data set, by the number of the image.

    Images are kept first come, first served. Every epoch sees each image about once, so whatever is
    replaced would be missed as much as what replaces it.

    Args:
        encoder: Whose backbone computes the features.
        frozen_format: What they are rounded to.
        num_images: Images of the data set.
        memory: Limit in GiB; images that do not fit pass the backbone again in every epoch.
    """

    def __init__(
        self, encoder: Encoder, frozen_format: FeatureFormat, *, num_images: int, memory: float
    ) -> None:
        self._encoder = encoder
        self._format = frozen_format
        self._budget = int(memory * 2**30)
        self._rows = torch.full((num_images,), -1)
        self._kept: tuple[Tensor, ...] | None = None
        self._num_kept = 0

    def __len__(self) -> int:
        """Return the number of images kept."""
        return self._num_kept

    def features(self, rgb: Tensor, image_ids: Tensor | None) -> tuple[Tensor, ...]:
        """Return the features of images, `(N, V, ...)` each; `()` for an encoder without backbone.

        Args:
            rgb: `(N, V, 3, H, W)`, uint8.
            image_ids: `(N,)`, int64, on the CPU; None for images that will not be seen again.
        """
        if not self._encoder.has_frozen_part:
            return ()
        if image_ids is None:
            return self._compute(rgb)
        rows = self._rows[image_ids]
        missing = (rows < 0).nonzero().flatten()
        if len(missing) == len(rows):
            features = self._compute(rgb)
        else:
            assert self._kept is not None
            kept = tuple(part[rows.clamp_min(0)].to(rgb.device) for part in self._kept)
            features = self._filled(kept, rgb, missing)
        self._keep(features, image_ids, missing)
        return features

    def _filled(
        self, features: tuple[Tensor, ...], rgb: Tensor, missing: Tensor
    ) -> tuple[Tensor, ...]:
        if len(missing):
            where = missing.to(rgb.device)
            for part, new in zip(features, self._compute(rgb[where]), strict=True):
                part[where] = new
        return features

    def _compute(self, rgb: Tensor) -> tuple[Tensor, ...]:
        features = self._encoder.frozen_features(rgb.unsqueeze(1), format=self._format)
        return tuple(part.squeeze(1) for part in features)

    def _keep(self, features: tuple[Tensor, ...], image_ids: Tensor, missing: Tensor) -> None:
        if self._kept is None:
            self._kept = self._allocate(features)
        new = missing[: len(self._kept[0]) - self._num_kept]
        rows = torch.arange(self._num_kept, self._num_kept + len(new))
        for kept, part in zip(self._kept, features, strict=True):
            kept[rows] = part[new.to(part.device)].cpu()
        self._rows[image_ids[new]] = rows
        self._num_kept += len(new)

    def _allocate(self, features: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
        size = sum(part[0].nbytes for part in features)
        capacity = min(len(self._rows), self._budget // size)
        # Memory is not taken before it is written to.
        return tuple(part.new_empty((capacity, *part.shape[1:]), device="cpu") for part in features)
