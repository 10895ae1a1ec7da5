"""What is done to the tokens of a backbone before they are kept."""

import torch
from torch import Tensor, nn

TINY = 1e-12  # keeps an all-zero token from having no direction, as in the original


def unit_length(tokens: Tensor) -> Tensor:
    """Return `(..., D)` divided by its L2 norm, in float32."""
    return nn.functional.normalize(tokens.float() + TINY, dim=-1, eps=0)


def class_or_mean(tokens: Tensor, class_token: Tensor | None) -> Tensor:
    """Return the class token `(n, D)`, or without one the mean of the dense tokens `(n, N, D)`."""
    return tokens.mean(dim=1) if class_token is None else class_token


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
