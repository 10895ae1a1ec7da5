"""Pictures of what an encoder sees, as uint8 arrays; no plotting library is needed."""

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

Image = npt.NDArray[np.uint8]
# Eleven evenly spaced colours of viridis (Smith and van der Walt, matplotlib, CC0).
VIRIDIS = np.array(
    [
        (68, 1, 84), (72, 36, 117), (65, 68, 135), (53, 95, 141), (42, 120, 142), (33, 145, 140),
        (34, 168, 132), (68, 191, 112), (122, 209, 81), (189, 223, 38), (253, 231, 37),
    ]
)  # fmt: skip


def render_attention(rgb: Tensor, attention: Tensor, *, opacity: float = 0.5) -> Image:
    """Lay attention maps over the images they belong to, as the original's videos do.

    Every map is stretched to its own range, enlarged by nearest neighbour, coloured and blended.

    Args:
        rgb: `(B, F, V, 3, H, W)`, uint8.
        attention: `(B, F, V, G, h, w)`, from `EncoderOutput`.
        opacity: Of the map, in [0, 1].

    Returns:
        `(B, F, V, G, H, W, 3)`, uint8.

    Raises:
        ValueError: If the two do not belong together, or `opacity` is out of range.
    """
    if rgb.shape[:3] != attention.shape[:3] or rgb.ndim != 6 or attention.ndim != 6:
        raise ValueError(
            f"attention: expected (B, F, V, G, h, w) to go with rgb {tuple(rgb.shape)}, "
            f"got {tuple(attention.shape)}."
        )
    if not 0 <= opacity <= 1:
        raise ValueError(f"opacity: must be in [0, 1], got {opacity}.")
    if not attention.shape[3]:  # torch enlarges nothing but something
        return np.zeros((*attention.shape[:4], *rgb.shape[-2:], 3), np.uint8)
    maps = attention.detach().float().cpu().flatten(0, 2)
    enlarged = nn.functional.interpolate(stretch(maps), rgb.shape[-2:], mode="nearest")
    colours = colour(enlarged.numpy()).reshape(*attention.shape[:4], *rgb.shape[-2:], 3)
    images = rgb.cpu().permute(0, 1, 2, 4, 5, 3).numpy()[:, :, :, None]
    return np.rint(opacity * colours + (1 - opacity) * images).astype(np.uint8)


def render_features(tokens: Tensor, grid: tuple[int, int]) -> Image:
    """Colour dense features by their three first principal components.

    The components are those of all tokens together, so that equal colours mean equal features
    across images.

    Args:
        tokens: `(..., N, D)` with at least three D, as `frozen_features` gives them per layer.
        grid: (h, w), of that layer: `encoder.layout.grids`.

    Returns:
        `(..., h, w, 3)`, uint8.

    Raises:
        ValueError: If N is not h times w, or D is less than three.
    """
    if tokens.shape[-2] != grid[0] * grid[1] or tokens.shape[-1] < 3:
        raise ValueError(
            f"tokens: expected (..., {grid[0] * grid[1]}, 3 or more) for the grid {grid}, "
            f"got {tuple(tokens.shape)}."
        )
    flat = tokens.detach().double().cpu().flatten(0, -2)
    centred = flat - flat.mean(dim=0)
    _, vectors = torch.linalg.eigh(centred.mT @ centred)
    basis = vectors[:, -3:].flip(-1)
    # The sign of an eigenvector is arbitrary: let its largest entry be positive.
    largest = basis.gather(0, basis.abs().argmax(dim=0, keepdim=True))
    components = (centred @ (basis * largest.sign())).T
    stretched = stretch(components[:, None]).squeeze(1).T
    return (stretched.reshape(*tokens.shape[:-2], *grid, 3) * 255).round().byte().numpy()


def stretch(maps: Tensor) -> Tensor:
    """Return maps `(..., h, w)` moved and scaled to [0, 1], each by itself; flat ones become 0."""
    low = maps.amin(dim=(-2, -1), keepdim=True)
    span = maps.amax(dim=(-2, -1), keepdim=True) - low
    return (maps - low) / torch.where(span > 0, span, 1)


def colour(values: npt.NDArray[np.floating]) -> npt.NDArray[np.float64]:
    """Return viridis colours `(..., 3)` in [0, 255] of values in [0, 1]."""
    stops = np.linspace(0, 1, len(VIRIDIS))
    return np.stack([np.interp(values, stops, VIRIDIS[:, i]) for i in range(3)], axis=-1)
