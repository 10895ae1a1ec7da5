"""Linear layers of frozen networks on CPUs: bias and GELU within the matrix product of oneDNN.

PyTorch's own layer first copies the bias into the result and runs GELU as a second pass over it.
Weights lie in memory column by column, which oneDNN multiplies as fast as weights in its own
blocked layout; unlike a packed copy they can be loaded, moved and changed as ever.
"""

import torch
from torch import Tensor, nn

AVAILABLE: bool = torch.backends.mkldnn.is_available()  # type: ignore[no-untyped-call]


class FusedLinear(nn.Linear):
    """Computes `gelu(linear(x))`, or without GELU just `linear(x)`, with the same parameters.

    In float32, on a CPU and without gradient this is one call of oneDNN, the operator that
    `torch.compile` uses for it; otherwise, and while compiling, the ordinary operators.

    Args:
        linear: The layer to stand in for.
        gelu: Whether the exact GELU follows it.
    """

    def __init__(self, linear: nn.Linear, *, gelu: bool = False) -> None:
        super().__init__(
            linear.in_features, linear.out_features, linear.bias is not None, device="meta"
        )
        self.weight, self.bias = linear.weight, linear.bias
        self.weight.data = self.weight.data.mT.contiguous().mT  # column by column
        self.gelu = gelu

    def forward(self, input: Tensor) -> Tensor:
        """Return `(..., out_features)`."""
        if self._fits(input):
            attribute = "gelu" if self.gelu else "none"
            fused: Tensor = torch.ops.mkldnn._linear_pointwise(
                input, self.weight, self.bias, attribute, [], "none"
            )
            return fused
        output = super().forward(input)
        return nn.functional.gelu(output) if self.gelu else output

    def _fits(self, input: Tensor) -> bool:
        return (
            AVAILABLE
            and input.device.type == "cpu"
            and input.dtype == self.weight.dtype == torch.float32
            and input.numel() > 0
            and not torch.is_grad_enabled()
            and not torch.is_autocast_enabled("cpu")
            and not torch.compiler.is_compiling()
        )


def fuse_linear_layers(network: nn.Module) -> None:
    """Replace the linear layers of a frozen timm network, and the GELUs that follow, in place.

    Names and values of the parameters stay what they are.
    """
    from timm.layers.mlp import Mlp

    for module in list(network.modules()):
        gelu = isinstance(module, Mlp) and _is_exact_gelu(module.act)
        for name, child in list(module.named_children()):
            if type(child) is nn.Linear:
                follows = gelu and name == "fc1"
                setattr(module, name, FusedLinear(child, gelu=follows))
                if follows:
                    module.act = nn.Identity()


def _is_exact_gelu(module: nn.Module) -> bool:
    return type(module) is nn.GELU and module.approximate == "none"
