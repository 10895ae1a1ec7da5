"""Any timm network as a source of features at several depths."""

import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Literal

import torch
from torch import Tensor, nn

from spawnnet_encoders.backbone.facet import Facet, FacetBlock
from spawnnet_encoders.backbone.inference import InferenceCopy
from spawnnet_encoders.backbone.layout import BackboneLayout, look_up_backbone, stops_early
from spawnnet_encoders.backbone.network import build_network
from spawnnet_encoders.configuration import require_choice
from spawnnet_encoders.errors import ConfigurationError

Precision = Literal["float32", "bf16", "fp16"]
_TYPES = {"bf16": torch.bfloat16, "fp16": torch.float16}
ACTIVATION_BYTES = 20 * 2**20  # tensors from 32 MiB on are mapped anew, page by page, by glibc


@dataclass(frozen=True)
class BackboneConfig:
    """Which network gives the features, and which of its layers.

    Attributes:
        model: A timm name, such as `vit_small_patch8_224.dino`, or a name of `NAMED_WEIGHTS`.
        weights: `pretrained`, `random` (drawn from torch's global generator when the encoder is
            built: seed it before), a name of `NAMED_WEIGHTS`, or the path of a file.
        weights_key: Which of several networks in a weight file, such as `student`; None takes an
            average (`ema`) or a `teacher` if there is one, and says so.
        layers: Indices of blocks or stages, as timm's `forward_intermediates` counts them; None
            picks the paper's: 5, 8 and 11 of 12 blocks, in proportion, or the last three stages;
            encoders of one layer pick it themselves.
        stride: Overrides the patch stride of a vision transformer; positions are interpolated.
        frozen: False trains the backbone too. The original never could: its features were always
            computed without gradient.
        mean: Per colour, in [0, 1]; None takes the statistics of the backbone.
        std: Per colour; None takes the statistics of the backbone.
        original_positions: Interpolate positions as DINO and the original release do (bicubic, no
            antialiasing, grid enlarged by 0.1) instead of as timm does.
        precision: What a frozen backbone computes in; features are rounded to `bf16` or `fp16`, by
            autocast, and given in float32.
    """

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}

    model: str = "vit_small_patch8_224.dino"
    weights: str = "pretrained"
    layers: tuple[int, ...] | None = None
    stride: int | None = None
    frozen: bool = True
    mean: tuple[float, float, float] | None = None
    std: tuple[float, float, float] | None = None
    original_positions: bool = False
    weights_key: str | None = None
    precision: Precision = "float32"

    def __post_init__(self) -> None:
        """Reject values that are wrong for every model."""
        if self.layers is not None and not self.layers:
            raise ConfigurationError("layers", "at least one is needed, got none.")
        require_choice(self, precision=Precision)
        if self.std is not None and not all(0 < value < float("inf") for value in self.std):
            raise ConfigurationError("std", f"must be positive, got {self.std}.")

    def layout(self, image_size: tuple[int, int]) -> BackboneLayout:
        """Return the sizes of the features, without building the network."""
        layout = look_up_backbone(
            self.model, tuple(image_size), self.layers, self.stride, self.weights
        )
        return replace(layout, mean=self.mean or layout.mean, std=self.std or layout.std)

    def build(
        self,
        layout: BackboneLayout,
        image_size: tuple[int, int],
        state: Mapping[str, Tensor] | None = None,
    ) -> Any:
        """Return the network, as `build_network` says; `state` replaces the configured weights."""
        return build_network(
            self.model,
            self.weights,
            layout,
            image_size,
            state=state,
            key=self.weights_key,
            stride=self.stride,
            original_positions=self.original_positions,
        )

    def with_one_layer(
        self, image_size: tuple[int, int], default: Callable[[int], int]
    ) -> "BackboneConfig":
        """Return the same with exactly one layer; None becomes `default(number of layers)`.

        Raises:
            ConfigurationError: If several layers are configured.
        """
        layers = self.layers or (default(self.layout(image_size).num_layers),)
        if len(layers) != 1:
            raise ConfigurationError("backbone.layers", f"expected one layer, got {layers}.")
        return replace(self, layers=layers)


class Backbone(nn.Module):
    """A timm network or one like it, cut after the last layer that is asked for.

    While frozen it stays in evaluation mode whatever `train()` says, has no trainable parameter,
    and is never part of a checkpoint of the trained encoder. Its weights are changed by
    `load_state_dict` or in-place operations under `torch.no_grad()`, not through `.data`, which the
    fast copy of convolutional networks on CPUs does not see.

    Args:
        config: Which network, weights and layers.
        image_size: (H, W) in pixels.
        facet: What the last layer gives.
        state: Weights to use instead of the configured ones, under the names of their project.
    """

    def __init__(
        self,
        config: BackboneConfig,
        image_size: tuple[int, int],
        *,
        facet: Facet = "token",
        state: Mapping[str, Tensor] | None = None,
    ) -> None:
        super().__init__()
        self.config = config
        self.layout = config.layout(image_size)
        self.network = config.build(self.layout, image_size, state)
        self._inference = InferenceCopy()
        self._options = {"stop_early": True} if stops_early(self.network) else {}
        self.indices = sorted(set(self.layout.layers))
        if hasattr(self.network, "prune_intermediate_layers"):
            self.network.prune_intermediate_layers(self.indices, prune_norm=True, prune_head=True)
        if facet != "token":
            self.network.blocks[-1] = FacetBlock(self.network.blocks[-1], facet)
        self.network.requires_grad_(not config.frozen)
        if config.frozen:
            self.network.eval()

    @property
    def frozen(self) -> bool:
        """Whether the weights are fixed."""
        return self.config.frozen

    def images_at_once(self, images: Tensor) -> int:
        """Return how many images are encoded fastest at a time: all, except on CPUs."""
        if images.device.type != "cpu":
            return len(images)
        return max(1, ACTIVATION_BYTES // (4 * self.layout.largest_activation))

    def train(self, mode: bool = True) -> "Backbone":
        """Set the mode, except that a frozen backbone stays in evaluation mode."""
        return super().train(mode and not self.frozen)

    def forward(self, images: Tensor) -> list[tuple[Tensor, Tensor | None]]:
        """Return for each configured layer the dense tokens and the class token.

        Args:
            images: `(n, 3, H, W)`, normalised.

        Returns:
            Per layer `((n, N, D), (n, D) or None)`, in the order of the configuration.
        """
        if not self.frozen or self.config.precision == "float32":
            return self._ordered(images)
        with torch.autocast(images.device.type, _TYPES[self.config.precision]):
            rounded = self._ordered(images)
        return [(tokens.float(), None if c is None else c.float()) for tokens, c in rounded]

    def _ordered(self, images: Tensor) -> list[tuple[Tensor, Tensor | None]]:
        found = dict(zip(self.indices, self._intermediates(images), strict=True))
        return [found[layer] for layer in self.layout.layers]

    def _intermediates(self, images: Tensor) -> Iterator[tuple[Tensor, Tensor | None]]:
        if self.layout.kind == "stage":
            network: Any = self.network
            if self.frozen:
                network = self._inference.of(network, images, self._layers)
            for feature_map in self._layers(network, images):
                yield feature_map.flatten(2).transpose(1, 2), None  # n D h w -> n (h w) D
            return
        for layer in self._layers(self.network, images):
            tokens, prefix = layer if isinstance(layer, tuple) else (layer, None)
            yield tokens, prefix[:, 0] if self.layout.has_class_token else None

    def _layers(self, network: Any, images: Tensor) -> list[Any]:
        """Run a network as far as its last configured layer; maps, or tokens and prefix tokens."""
        options: dict[str, Any] = {"intermediates_only": True, **self._options}
        options["indices"] = self.indices  # not by position: Hiera has a mask there
        if self.layout.kind == "block":
            options |= {"output_fmt": "NLC", "return_prefix_tokens": True}
        layers: list[Any] = network.forward_intermediates(images, **options)
        return layers

    def fingerprint(self) -> dict[str, str]:
        """Return the model's name, the source of its weights and a hash of them."""
        digest = hashlib.sha256()
        for name, value in sorted(self.network.state_dict().items()):
            digest.update(name.encode())
            digest.update(value.detach().cpu().contiguous().flatten().view(torch.uint8).numpy())
        return {
            "model": self.layout.model,
            "weights": self.config.weights,
            "sha256": digest.hexdigest(),
        }

    def identity(self) -> dict[str, Any]:
        """Return what its features depend on: model, hash of the weights, layers and statistics."""
        known = self.fingerprint()
        return {
            "model": known["model"],
            "sha256": known["sha256"],
            "layers": list(self.layout.layers),
            "stride": self.config.stride,
            "original_positions": self.config.original_positions,
            "mean": list(self.layout.mean),
            "std": list(self.layout.std),
            # Left out where it is the usual one, so that features kept before are found.
            **({} if self.config.precision == "float32" else {"precision": self.config.precision}),
        }
