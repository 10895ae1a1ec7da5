"""The interface of every encoder: images and proprioception in, one feature vector out."""

import copy
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from typing import Any, ClassVar, NamedTuple

import torch
from torch import Tensor, nn

from spawnnet_encoders.backbone.backbone import Backbone
from spawnnet_encoders.backbone.extraction import extract_economically
from spawnnet_encoders.errors import ConfigurationError
from spawnnet_encoders.observation import ObservationShape, check_uint8
from spawnnet_encoders.quantization import FeatureFormat, pack, unpack


class EncoderOutput(NamedTuple):
    """What an encoder gives.

    Attributes:
        features: `(B, D)`, float32.
        attention: `(B, F, V, G, h, w)`, float32, each map summing to one; None for encoders
            without adapters, and while training unless asked for.
    """

    features: Tensor
    attention: Tensor | None


class Encoder(nn.Module, ABC):
    """Turns observations into features; the part that depends on nothing trained can be kept.

    An observation is a mapping with `rgb` `(B, F, V, 3, H, W)` uint8, `depth` `(B, F, V, 1, H, W)`
    float in metres (read only by encoders that use it), and `proprioception` `(B, F, S)` float32
    (read only if S > 0). Of one frame and one view the axes F and V may be left out.

    `encoder(observation, encoder.frozen_features(rgb))` equals `encoder(observation)`.

    Attributes:
        output_dim: D, width of the features.
        shape: The sizes of an observation.
        backbone: The pre-trained network, or None.
        frozen_options: Options of its `config` that `extract` reads, beside the backbone's; None
            for all of them.
    """

    output_dim: int
    backbone: Backbone | None
    frozen_options: ClassVar[tuple[str, ...] | None] = None

    def __init__(self, shape: ObservationShape, backbone: Backbone | None) -> None:
        super().__init__()
        self.shape = shape
        self.backbone = backbone

    @classmethod
    def check(cls, config: Any, shape: ObservationShape) -> None:
        """Raise the ConfigurationError that building would raise, without building anything.

        Encoders that have nothing to check beyond their configuration's own rules inherit this.
        """
        del config, shape

    @abstractmethod
    def encode(
        self, observation: Mapping[str, Tensor], frozen: tuple[Tensor, ...], *, attention: bool
    ) -> EncoderOutput:
        """Encode with features of the backbone that are there already."""

    def extract(self, rgb: Tensor) -> tuple[Tensor, ...]:
        """Return everything that depends only on the backbone, for `(n, 3, H, W)` uint8 images."""
        del rgb
        return ()

    @property
    def num_views(self) -> int:
        """V, cameras."""
        return self.shape.num_views

    @property
    def num_frames(self) -> int:
        """F, frames of history."""
        return self.shape.num_frames

    @property
    def image_size(self) -> tuple[int, int]:
        """(H, W) in pixels."""
        return self.shape.image_size

    @property
    def proprioception_dim(self) -> int:
        """S, width of the proprioception."""
        return self.shape.proprioception_dim

    def forward(
        self,
        observation: Mapping[str, Tensor],
        frozen: tuple[Tensor, ...] | None = None,
        *,
        attention: bool | None = None,
    ) -> EncoderOutput:
        """Encode a batch of observations.

        Args:
            observation: `rgb`, `depth`, `proprioception`, see the class.
            frozen: What `frozen_features` gave for the same `rgb`, in any of its formats; None
                computes it.
            attention: Whether to compute attention maps; None computes them in evaluation mode.

        Returns:
            Features `(B, D)` in float32, and attention maps or None.

        Raises:
            ValueError: If an entry is missing or its shape or dtype is not what was configured.
        """
        wanted = not self.training if attention is None else attention
        observation = self.shape.with_axes(observation)
        if frozen is None or not self.has_frozen_part:
            frozen = self._features(self.shape.rgb(observation))
        else:
            self._check_frozen(frozen, observation)
        output = self.encode(observation, unpack(frozen), attention=wanted)
        return EncoderOutput(output.features.float(), output.attention)

    @property
    def has_frozen_part(self) -> bool:
        """Whether there are features that can be kept."""
        return self.backbone is not None and self.backbone.frozen

    def frozen_features(
        self, rgb: Tensor, *, format: FeatureFormat = "float32"
    ) -> tuple[Tensor, ...]:
        """Return everything that depends only on the frozen backbone.

        Args:
            rgb: `(B, F, V, 3, H, W)` uint8, with any B and F: a caller can encode single frames
                once and stack them later along F. Of one view also `(B, 3, H, W)`, with F = 1.
            format: See `spawnnet_encoders.quantization.pack` for sizes and error bounds; `int8`
                gives two tensors for each one.

        Returns:
            Tensors with leading axes `(B, F, V)`, without gradient; `()` if nothing is frozen.
        """
        if not self.has_frozen_part:
            return ()
        if rgb.ndim == 4 and self.num_views == 1:
            rgb = rgb[:, None, None]  # B 3 H W -> B F V 3 H W
        if rgb.ndim != 6 or rgb.shape[2:] != (self.num_views, 3, *self.image_size):
            sizes = ", ".join(map(str, (self.num_views, 3, *self.image_size)))
            raise ValueError(f"rgb: expected shape (B, F, {sizes}), got {tuple(rgb.shape)}.")
        check_uint8(rgb)
        with torch.no_grad():
            return pack(self._features(rgb), format)

    def frozen_outline(self, *, format: FeatureFormat = "float32") -> tuple[Tensor, ...]:
        """Return what `frozen_features` gives for one time step, without content or computing.

        Returns:
            Tensors `(1, 1, V, ...)` on the meta device: their shapes and data types are right.
        """
        if not self.has_frozen_part:
            return ()
        shape = (1, 1, self.num_views, 3, *self.image_size)
        rgb = torch.empty(shape, dtype=torch.uint8, device="meta")
        return _without_content(self).frozen_features(rgb, format=format)

    def _check_frozen(self, frozen: tuple[Tensor, ...], observation: Mapping[str, Tensor]) -> None:
        leading = self.shape.rgb(observation).shape[:3]
        for i, part in enumerate(frozen):
            if part.shape[:3] != leading:
                raise ValueError(
                    f"frozen[{i}]: expected the leading axes {tuple(leading)} of rgb, "
                    f"got shape {tuple(part.shape)}."
                )

    def _features(self, rgb: Tensor) -> tuple[Tensor, ...]:
        if self.backbone is None:
            return ()
        images = rgb.flatten(0, 2)  # B F V 3 H W -> (B F V) 3 H W
        # Data-dependent shapes cannot be compiled; a backbone in training must see every image.
        if self.backbone.frozen and not torch.compiler.is_compiling():
            at_once, may_repeat = self.backbone.images_at_once(images), rgb.shape[1] > 1
            with torch.no_grad():
                features = extract_economically(
                    self.extract, images, at_once=at_once, may_repeat=may_repeat
                )
        else:
            with torch.set_grad_enabled(torch.is_grad_enabled() and not self.backbone.frozen):
                features = self.extract(images)
        # (B F V) ... -> B F V ...
        return tuple(part.reshape(*rgb.shape[:3], *part.shape[1:]) for part in features)

    def trainable_parameters(self) -> Iterator[nn.Parameter]:
        """Yield the parameters that an optimiser should get."""
        return (parameter for parameter in self.parameters() if parameter.requires_grad)

    def trainable_state_dict(self) -> dict[str, Tensor]:
        """Return the state dict without the frozen backbone, contiguous as safetensors wants it."""
        return {
            key: value.contiguous()
            for key, value in self.state_dict().items()
            if not (self.has_frozen_part and key.startswith("backbone."))
        }

    def load_trainable_state_dict(self, state: Mapping[str, Tensor]) -> None:
        """Load what `trainable_state_dict` gave.

        Raises:
            ConfigurationError: If keys or shapes are not those of this encoder.
        """
        expected = self.trainable_state_dict()
        different = sorted(
            key
            for key in expected.keys() | state.keys()
            if key not in state or key not in expected or state[key].shape != expected[key].shape
        )
        if different:
            raise ConfigurationError(
                "",
                f"`{different[0]}` differs from this encoder in presence or shape, as do "
                f"{len(different) - 1} more; build the encoder with the configuration it was "
                "trained with.",
            )
        self.load_state_dict(dict(state), strict=False)

    def backbone_fingerprint(self) -> dict[str, str]:
        """Return the backbone's name, the source of its weights and their SHA-256; {} without."""
        return {} if self.backbone is None else self.backbone.fingerprint()

    def frozen_identity(self) -> dict[str, Any]:
        """Return everything that frozen features depend on beside images and format, fit for JSON.

        Encoders with equal ones give equal features, whatever their trained part is.
        """
        if self.backbone is None:
            return {}
        config, names = getattr(self, "config", None), self.frozen_options
        read = {} if names is None else {name: getattr(config, name) for name in names}
        return {
            "encoder": type(self).__qualname__,
            "options": repr(config) if names is None else read,
            "num_views": self.num_views,
            "image_size": list(self.image_size),
            **self.backbone.identity(),
        }


def _without_content(encoder: Encoder) -> Encoder:
    """Return a copy on the meta device, for which no weight is copied."""
    known: dict[int, Any] = {}
    for weight in encoder.parameters():
        known[id(weight)] = nn.Parameter(weight.to("meta"), requires_grad=weight.requires_grad)
    for buffer in encoder.buffers():
        known[id(buffer)] = buffer.to("meta")
    return copy.deepcopy(encoder, known)
