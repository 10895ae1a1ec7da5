"""What is done to the tokens of a backbone before they are kept."""

from torch import Tensor, nn

TINY = 1e-12  # keeps an all-zero token from having no direction, as in the original


def unit_length(tokens: Tensor) -> Tensor:
    """Return `(..., D)` divided by its L2 norm, in float32."""
    return nn.functional.normalize(tokens.float() + TINY, dim=-1, eps=0)


def class_or_mean(tokens: Tensor, class_token: Tensor | None) -> Tensor:
    """Return the class token `(n, D)`, or without one the mean of the dense tokens `(n, N, D)`."""
    return tokens.mean(dim=1) if class_token is None else class_token
