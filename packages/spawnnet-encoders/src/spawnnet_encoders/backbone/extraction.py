"""Extract features economically: from each distinct image once, and from a few at a time."""

from collections.abc import Callable

import torch
from torch import Tensor, nn


def extract_economically(
    extract: Callable[[Tensor], tuple[Tensor, ...]],
    images: Tensor,
    *,
    at_once: int,
    may_repeat: bool,
) -> tuple[Tensor, ...]:
    """Return what `extract(images)` gives, with less work.

    Args:
        extract: From `(n, 3, H, W)` images to tensors with a leading axis of n.
        images: `(n, 3, H, W)`, uint8.
        at_once: How many images `extract` gets in one call, at most.
        may_repeat: Whether equal images are worth looking for.
    """
    distinct, index = distinct_images(images) if may_repeat else (images, None)
    slices = [extract(part) for part in torch.split(distinct, max(at_once, 1))]
    features = tuple(torch.cat(parts) for parts in zip(*slices, strict=True))
    return features if index is None else tuple(part[index] for part in features)


def distinct_images(images: Tensor) -> tuple[Tensor, Tensor | None]:
    """Return each distinct image once, and for every image the index of its like.

    Frame stacks repeat images: a stack of F frames sampled at every step holds most of them F
    times. Images are told apart by a 64-bit hash, and the result is verified byte by byte.

    Args:
        images: `(n, 3, H, W)`, uint8.

    Returns:
        `(m, 3, H, W)` and `(n,)` int64, or all the images and None if no two are equal.
    """
    _, index = torch.unique(_hashes(images), return_inverse=True)
    first = torch.full((int(index.max()) + 1,), len(images), device=images.device)
    first.scatter_reduce_(0, index, torch.arange(len(images), device=images.device), "amin")
    distinct = images[first]
    if len(distinct) == len(images) or not torch.equal(distinct[index], images):
        return images, None
    return distinct, index


def _hashes(images: Tensor) -> Tensor:
    """Return one int64 per image: a sum of its bytes, eight at a time, with random odd weights."""
    flat = images.flatten(1)
    words = nn.functional.pad(flat, (0, -flat.shape[1] % 8)).contiguous().view(torch.int64)
    generator = torch.Generator().manual_seed(0)
    weights = torch.randint(-(2**62), 2**62, (words.shape[1],), generator=generator) * 2 + 1
    return (words * weights.to(words.device)).sum(dim=1)
