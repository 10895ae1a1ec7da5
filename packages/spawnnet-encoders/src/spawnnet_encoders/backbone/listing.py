"""Which networks can be backbones, and how large they are."""

from functools import lru_cache

import torch

# timm takes seconds, so it is not imported with the package.


def list_backbones(pattern: str = "*") -> tuple[str, ...]:
    """Return the timm models that have pre-trained weights, sorted.

    Args:
        pattern: With `*` for anything, such as `vit_*dino*`.
    """
    import timm

    return tuple(sorted(timm.list_models(pattern, pretrained=True)))


@lru_cache(maxsize=256)
def count_parameters(model: str) -> int:
    """Return how many weights a timm model has without its classifier; none is allocated."""
    import timm

    with torch.device("meta"):
        network = timm.create_model(model, pretrained=False, num_classes=0)
    return sum(parameter.numel() for parameter in network.parameters())
