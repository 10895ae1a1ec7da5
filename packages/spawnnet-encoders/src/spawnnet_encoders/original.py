"""Load encoders that the original release trained (johnrso/spawnnet, commit 21953f5)."""

import ast
import re
from collections.abc import Mapping
from typing import Any, Literal

from torch import Tensor

from spawnnet_encoders.backbone.backbone import BackboneConfig
from spawnnet_encoders.backbone.weights import NAMED_WEIGHTS
from spawnnet_encoders.encoder import Encoder
from spawnnet_encoders.errors import ConfigurationError
from spawnnet_encoders.frozen_vit import FrozenViT, FrozenViTConfig
from spawnnet_encoders.impala import Impala, ImpalaConfig
from spawnnet_encoders.observation import ObservationShape
from spawnnet_encoders.r3m import R3M, R3MBackboneConfig, R3MConfig
from spawnnet_encoders.spawnnet import SpawnNet, SpawnNetConfig

# The release has two set-ups; where its encoder block does not say how many cameras there are, the
# width of the proprioception tells them apart: simulation and the real xArm.
VIEWS_BY_PROPRIOCEPTION = {49: 3, 7: 2}
CHANNELS: Mapping[str, Literal["rgbd", "rgb", "depth", "none"]] = {
    "default": "rgbd",
    "rgb_only": "rgb",
    "depth_only": "depth",
    "no_rgbd": "none",
}
HALF = (0.5, 0.5, 0.5)
# Within a residual stage, whose number is the first group.
STAGE_NAMES = (
    (re.compile(r"feat_convs\.(\d)\.0\."), "conv."),
    (re.compile(r"resnet1\.(\d)\.1\."), "blocks.0.first."),
    (re.compile(r"resnet1\.(\d)\.3\."), "blocks.0.second."),
    (re.compile(r"resnet2\.(\d)\.1\."), "blocks.1.first."),
    (re.compile(r"resnet2\.(\d)\.3\."), "blocks.1.second."),
)


def encoder_from_original(
    config: Mapping[str, Any], state_dict: Mapping[str, Tensor], *, num_views: int | None = None
) -> Encoder:
    """Return an encoder that computes what the original's encoder computed.

    Args:
        config: The resolved `encoder` block of the original's `config.yaml`.
        state_dict: The content of its `encoder_*.ckpt`, read with `torch.load(weights_only=True)`.
        num_views: V; None reads it from the block, or takes the release's 3 views for 49 numbers
            of proprioception and 2 for 7.

    Returns:
        The encoder, in evaluation mode.

    Raises:
        ConfigurationError: If the block or the state dict is none that the release could write.
    """
    builders = {
        "SpawnNet": _spawnnet,
        "IMPALA": _impala,
        "ViTDescriptor": _frozen_vit,
        "R3MEncoder": _r3m,
    }
    if config.get("name") not in builders:
        raise ConfigurationError(
            "name", f"expected one of {tuple(builders)}, got {config.get('name')!r}."
        )
    return builders[config["name"]](config, state_dict, _shape(config, num_views)).eval()


def _shape(config: Mapping[str, Any], num_views: int | None) -> ObservationShape:
    shapes = config["obs_shapes"]
    (proprioception_dim,) = shapes.get("state", (0,))
    num_frames = int(config["num_frames"])
    if num_views is None:
        num_views = _views(config, num_frames, proprioception_dim)
    return ObservationShape(num_views, tuple(shapes["rgb"][1:]), num_frames, proprioception_dim)


def _views(config: Mapping[str, Any], num_frames: int, proprioception_dim: int) -> int:
    if "num_views" in config:
        return int(config["num_views"])
    if config["name"] == "SpawnNet":
        block = config["conv_cfg"]
        per_view = (64 + block["pretrained_feature_dim"]) * num_frames * 7 * 7
        return arithmetic(block["out_shape"]) // int(per_view)
    if proprioception_dim not in VIEWS_BY_PROPRIOCEPTION:
        raise ConfigurationError("num_views", "the encoder block does not say it, pass it.")
    return VIEWS_BY_PROPRIOCEPTION[proprioception_dim]


def arithmetic(expression: str | int) -> int:
    """Return the value of sums and products of integers; the original evaluated any Python.

    Raises:
        ConfigurationError: If there is anything else in it.
    """

    def value(node: ast.expr) -> int:
        match node:
            case ast.Constant(value=int(number)):
                return number
            case ast.BinOp(left=left, op=ast.Add(), right=right):
                return value(left) + value(right)
            case ast.BinOp(left=left, op=ast.Mult(), right=right):
                return value(left) * value(right)
        raise ConfigurationError(
            "out_shape", f"expected sums and products of integers, got {expression!r}."
        )

    return value(ast.parse(str(expression).strip(), mode="eval").body)


def _spawnnet(
    config: Mapping[str, Any], state: Mapping[str, Tensor], shape: ObservationShape
) -> Encoder:
    block = config["conv_cfg"]
    by_stage = sorted(config["pretrained_feat_info"].items(), key=lambda item: item[1])
    kernel = next(v.shape[-1] for k, v in state.items() if re.match(r"conv\.adapters\.0\.0\.w", k))
    spawnnet = SpawnNetConfig(
        backbone=_backbone(config, tuple(_layer(name) for name, _ in by_stage)),
        width=64,
        adapter_width=block["pretrained_feature_dim"],
        version=block["version"],
        features="dense" if block["use_dense"] else "class_token",
        channels=CHANNELS[block["channel_mask"]],
        pretrained_features=not config.get("freeze_vit_to_random", False),
        conv_size=kernel,
        original_class_token=True,
    )
    encoder = SpawnNet(spawnnet, shape, state=_under(state, "vit."))
    encoder.load_trainable_state_dict(_spawnnet_state(encoder, _under(state, "conv.")))
    return encoder


def _layer(feature: str) -> int:
    facet, _, layer = feature.partition("_")
    if facet not in ("token", "layer"):
        raise ConfigurationError(
            "pretrained_feat_info", f"`{feature}` never worked in the original."
        )
    return int(layer)


def _impala(
    config: Mapping[str, Any], state: Mapping[str, Tensor], shape: ObservationShape
) -> Encoder:
    impala = ImpalaConfig(
        width=128 if config["larger"] else 64,
        joint=not config["large"],
        out_dim=arithmetic(config["out_shape"]),
        depth=config["use_depth"],
    )
    encoder = Impala(impala, shape)
    state = dict(state)
    # Switched-off depth was a channel of zeros: the network without it has fewer stem weights.
    state["stem.weight"] = state["stem.weight"][:, : encoder.stem.in_channels]
    encoder.load_trainable_state_dict(
        {_stage_name(re.sub(r"^fc\.", "project.", key), ""): v for key, v in state.items()}
    )
    return encoder


def _frozen_vit(
    config: Mapping[str, Any], state: Mapping[str, Tensor], shape: ObservationShape
) -> Encoder:
    block = config["vit_cfg"]
    vit = FrozenViTConfig(
        backbone=_backbone(block, (block["layer"],), block["stride"], block["freeze_pretrained"]),
        facet="token" if "mvp" in block["model_type"] else "key",
        pool=5 if block["downsample"] else 1,
    )
    return FrozenViT(vit, shape, state=_under(state, "vit."))


def _r3m(
    config: Mapping[str, Any], state: Mapping[str, Tensor], shape: ObservationShape
) -> Encoder:
    backbone = R3MBackboneConfig(
        model=f"r3m_{config['model_type']}", layers=(4,), frozen=config["freeze_pretrained"]
    )
    encoder = R3M(R3MConfig(backbone), shape, state=_under(state, "model."))
    encoder.load_trainable_state_dict(
        {key: value for key, value in state.items() if key.startswith("batch_norm.")}
    )
    return encoder


def _backbone(
    block: Mapping[str, Any],
    layers: tuple[int, ...],
    stride: int | None = None,
    frozen: bool = True,
) -> BackboneConfig:
    model = block["model_type"]
    name = {"r3m": "r3m_resnet50"}.get(model) or model.replace("-mae", "").replace("-256", "")
    name = name.replace("-", "_")
    if name not in NAMED_WEIGHTS:
        raise ConfigurationError("model_type", f"the original knows no `{model}`.")
    imagenet = "dino" in model or "r3m" in model
    return BackboneConfig(
        model=name,
        layers=layers,
        stride=stride,
        frozen=frozen,
        mean=None if imagenet else HALF,
        std=None if imagenet else HALF,
        original_positions="r3m" not in model,
    )


def _under(state: Mapping[str, Tensor], prefix: str) -> dict[str, Tensor]:
    found = {k.removeprefix(prefix): v for k, v in state.items() if k.startswith(prefix)}
    if not found:
        raise ConfigurationError(
            "state_dict", f"no key starts with `{prefix}`, so it is of another encoder."
        )
    return found


def _spawnnet_state(encoder: SpawnNet, state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Return a state dict under our names; adapters are numbered from the first fused stage."""
    first = encoder.config.fused(len(encoder.stages)).index(True)
    renamed = {}
    for key, value in state.items():
        part, _, rest = key.partition(".")
        index, _, name = rest.partition(".")
        match part:
            case "adapters":
                key = f"stages.{int(index) + first}.adapter.project.{name.removeprefix('0.')}"
            case "linears":
                key = f"stages.{int(index) + first}.residual.reduce.{name}"
                value = value[:, :, None, None] if value.ndim == 2 else value  # 1x1 convolution
        renamed[_stage_name(key, "residual.")] = value
    return renamed


def _stage_name(key: str, part: str) -> str:
    for pattern, name in STAGE_NAMES:
        key = pattern.sub(rf"stages.\1.{part}{name}", key)
    return key
