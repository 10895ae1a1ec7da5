"""A stage of SpawnNet: a residual stage, and the adapter through which frozen features join it."""

from torch import Tensor, nn

from spawnnet_encoders.adapter import Adapter
from spawnnet_encoders.residual import ResidualStage


class SpawnNetStage(nn.Module):
    """Halve the learned map, take in one layer of the backbone, refine (SpawnNet, figure 3).

    Args:
        residual: With `fused_channels` for what the adapter gives.
        adapter: Of the backbone's layer; None for a stage that takes in nothing.
    """

    def __init__(self, residual: ResidualStage, adapter: Adapter | None) -> None:
        super().__init__()
        self.residual = residual
        self.adapter = adapter

    def forward(self, x: Tensor, tokens: Tensor | None) -> tuple[Tensor, Tensor | None]:
        """Return the stage's map, and the adapter's activation if there is one.

        Args:
            x: `(n, C, H, W)`, the learned map.
            tokens: `(n, N, D)`, of the backbone's layer; None for features that are zero.

        Returns:
            `(n, C', ceil(H / 2), ceil(W / 2))` and `(n, A, h, w)`, on the backbone's grid.
        """
        if self.adapter is None:
            return self.residual(x), None
        activation, adapted = self.adapter(tokens, x.shape[0])  # n N D -> n A h w, n A H/2 W/2
        return self.residual(x, adapted), activation
