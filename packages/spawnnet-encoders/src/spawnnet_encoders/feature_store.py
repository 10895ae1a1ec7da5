"""Features of the frozen backbone, computed once and kept: in memory, or in a file."""

from typing import Protocol, final

import torch
from torch import Tensor

from spawnnet_encoders.encoder import Encoder
from spawnnet_encoders.quantization import FeatureFormat


class KeptFeatures(Protocol):
    """Where features of images are kept, one row for all views of a time step."""

    def __len__(self) -> int:
        """Return the number of rows kept."""

    def find(self, rgb: Tensor, image_ids: Tensor) -> Tensor:
        """Return the rows of images, `(N,)` int64; -1 where there is none.

        Args:
            rgb: `(N, V, 3, H, W)`, uint8.
            image_ids: `(N,)`, int64, on the CPU: their numbers in the data set.
        """

    def read(self, rows: Tensor) -> tuple[Tensor, ...]:
        """Return copies of rows `(N,)`, on the CPU."""

    def add(self, features: tuple[Tensor, ...], rgb: Tensor, image_ids: Tensor) -> None:
        """Keep the features of images that were not found."""


@final
class MemoryFeatures:
    """Features in memory, by the number of the image.

    Images are kept first come, first served. Every epoch sees each image about once, so whatever is
    replaced would be missed as much as what replaces it.

    Args:
        num_images: Images of the data set.
        memory: Limit in GiB; images that do not fit pass the backbone again in every epoch.
    """

    def __init__(self, num_images: int, memory: float = float("inf")) -> None:
        self._budget = memory * 2**30
        self._rows = torch.full((num_images,), -1)
        self._kept: tuple[Tensor, ...] = ()
        self._num_kept = 0

    def __len__(self) -> int:
        """Return the number of images kept."""
        return self._num_kept

    def find(self, rgb: Tensor, image_ids: Tensor) -> Tensor:
        """See `KeptFeatures`."""
        del rgb
        return self._rows[image_ids]

    def read(self, rows: Tensor) -> tuple[Tensor, ...]:
        """See `KeptFeatures`."""
        return tuple(part[rows] for part in self._kept)

    def add(self, features: tuple[Tensor, ...], rgb: Tensor, image_ids: Tensor) -> None:
        """See `KeptFeatures`; what does not fit is left out."""
        del rgb
        if not self._kept:
            self._kept = self._allocate(features)
        count = min(len(image_ids), len(self._kept[0]) - self._num_kept)
        rows = torch.arange(self._num_kept, self._num_kept + count)
        for kept, part in zip(self._kept, features, strict=True):
            kept[rows] = part[:count].cpu()
        self._rows[image_ids[:count]] = rows
        self._num_kept += count

    def _allocate(self, features: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
        size = sum(part[0].nbytes for part in features)
        capacity = int(min(len(self._rows), self._budget // size))
        # Memory is not taken before it is written to.
        return tuple(part.new_empty((capacity, *part.shape[1:]), device="cpu") for part in features)


@final
class FeatureStore:
    """The features of images, each of which passes the backbone once where they are kept.

    Args:
        encoder: Whose backbone computes the features.
        frozen_format: What they are rounded to.
        kept: Where they are kept; None computes them again each time.
    """

    def __init__(
        self, encoder: Encoder, frozen_format: FeatureFormat, kept: KeptFeatures | None = None
    ) -> None:
        self._encoder = encoder
        self._format = frozen_format
        self._kept = kept

    def features(self, rgb: Tensor, image_ids: Tensor | None) -> tuple[Tensor, ...]:
        """Return the features of images, `(N, V, ...)` each; `()` for an encoder without backbone.

        They are on the encoder's device, where only images go whose features are not kept.

        Args:
            rgb: `(N, V, 3, H, W)`, uint8; best on the CPU.
            image_ids: `(N,)`, int64, on the CPU; None for images that will not be seen again.
        """
        if not self._encoder.has_frozen_part:
            return ()
        if self._kept is None or image_ids is None:
            return self._compute(rgb)
        rows = self._kept.find(rgb, image_ids)
        missing = (rows < 0).nonzero().flatten()
        if not len(missing):
            return tuple(part.to(self._device) for part in self._kept.read(rows))
        images = rgb[missing.to(rgb.device)]
        new = self._compute(images)
        self._kept.add(new, images, image_ids[missing])
        return self._merged(rows, new)

    @property
    def _device(self) -> torch.device:
        return next(self._encoder.parameters()).device

    def _merged(self, rows: Tensor, new: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
        """Return kept features of `rows`, in the order of which `new` ones take the gaps."""
        assert self._kept is not None
        is_kept = rows >= 0
        merged = tuple(part.new_empty((len(rows), *part.shape[1:])) for part in new)
        for part, computed in zip(merged, new, strict=True):
            part[(~is_kept).to(part.device)] = computed
        if is_kept.any():
            for part, kept in zip(merged, self._kept.read(rows[is_kept]), strict=True):
                part[is_kept.to(part.device)] = kept.to(part.device)
        return merged

    def _compute(self, rgb: Tensor) -> tuple[Tensor, ...]:
        images = rgb.to(self._device).unsqueeze(1)  # N V 3 H W -> N F V 3 H W
        features = self._encoder.frozen_features(images, format=self._format)
        return tuple(part.squeeze(1) for part in features)
