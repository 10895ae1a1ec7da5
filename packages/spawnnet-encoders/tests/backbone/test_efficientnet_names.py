"""EfficientNet-Lite's pre-trained weights, on photographs, against the package they are from."""

from typing import Any

import numpy as np
import pytest
import timm
import torch
from torch import Tensor

from spawnnet_encoders import NAMED_WEIGHTS, SpawnNet, create_encoder
from spawnnet_encoders.backbone.checkpoint_file import read_tensors
from spawnnet_encoders.backbone.checkpoint_names import choose_network
from spawnnet_encoders.backbone.efficientnet_names import efficientnet_pytorch_names
from spawnnet_encoders.backbone.retrieval import find_file

NAMES = ("efficientnet_lite0", "efficientnet_lite1", "efficientnet_lite2")
# What the photographs show, as classes of ImageNet-1k: a tabby, tiger or Egyptian cat; an espresso;
# a missile.
CLASSES = {"chelsea": (281, 282, 285), "coffee": (967,), "rocket": (657,)}


@pytest.fixture
def photographs() -> Tensor:
    """Return photographs of scikit-image as `(3, 3, 224, 224)`, in [-1, 1]."""
    data = pytest.importorskip("skimage.data")
    images = []
    for name in CLASSES:
        image = torch.from_numpy(np.array(getattr(data, name)())).permute(2, 0, 1)  # H W 3 -> 3 H W
        side = min(image.shape[1:])
        top, left = ((size - side) // 2 for size in image.shape[1:])
        square = image[None, :, top : top + side, left : left + side].float()
        images.append(
            torch.nn.functional.interpolate(square, (224, 224), mode="bicubic", antialias=True)
        )
    return torch.cat(images).round().clamp(0, 255) / 127.5 - 1


def packaged_state(name: str) -> dict[str, Tensor]:
    pytest.importorskip(NAMED_WEIGHTS[name].package.replace("-", "_"))
    return read_tensors(find_file(name, NAMED_WEIGHTS[name]))


def timm_logits(name: str, images: Tensor) -> Tensor:
    named = NAMED_WEIGHTS[name]
    network = timm.create_model(named.model).eval()
    network.load_state_dict(
        choose_network(packaged_state(name), network.state_dict())
    )  # strictly: every key has its place
    with torch.no_grad():
        logits: Tensor = network(images)
    return logits


def test_photographs_are_what_they_show(photographs: Tensor) -> None:
    found = timm_logits("efficientnet_lite0", photographs).argmax(dim=1).tolist()
    for answer, expected in zip(found, CLASSES.values(), strict=True):
        assert answer in expected


@pytest.mark.parametrize("name", NAMES)
def test_logits_are_those_of_the_original_package(name: str, photographs: Tensor) -> None:
    original: Any = pytest.importorskip("efficientnet_lite_pytorch")
    key = name.replace("_", "-")
    network = original.EfficientNet.from_name(key).eval()
    network.load_state_dict(packaged_state(name))
    # It pads for images of the size that each network was made for.
    size = timm.create_model(NAMED_WEIGHTS[name].model).pretrained_cfg["input_size"][1:]
    images = torch.nn.functional.interpolate(photographs, size, mode="bilinear")
    with torch.no_grad():
        expected = network(images)
    torch.testing.assert_close(timm_logits(name, images), expected, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize(
    "model", ["tf_efficientnet_b0", "efficientnet_b1", "tf_efficientnet_lite0"]
)
def test_blocks_are_numbered_through_the_stages(model: str) -> None:
    expected = timm.create_model(model).state_dict()
    names = efficientnet_pytorch_names(expected)
    assert set(names.values()) == set(expected)
    assert names["_conv_stem.weight"] == "conv_stem.weight"
    assert names["_blocks.0._depthwise_conv.weight"] == "blocks.0.0.conv_dw.weight"
    assert names["_blocks.0._project_conv.weight"] == "blocks.0.0.conv_pw.weight"
    second = {"tf_efficientnet_b0": "1.0.conv_pwl", "efficientnet_b1": "0.1.conv_pw"}
    second["tf_efficientnet_lite0"] = "1.0.conv_pwl"
    assert names["_blocks.1._project_conv.weight"] == f"blocks.{second[model]}.weight"
    assert names["_bn1.bias"] == "bn2.bias"
    assert names["_fc.weight"] == "classifier.weight"


def test_other_architectures_have_no_such_names() -> None:
    assert not efficientnet_pytorch_names(["conv_stem.weight", "layer1.0.conv1.weight"])


def test_spawnnet_reads_them_on_its_own_grids() -> None:
    packaged_state("efficientnet_lite0")
    encoder = create_encoder(
        "spawnnet",
        num_views=2,
        image_size=(96, 96),
        width=16,
        backbone={
            "model": "tf_efficientnet_lite0",
            "weights": "efficientnet_lite0",
            "layers": [2, 3, 4],
        },
    )
    assert isinstance(encoder, SpawnNet)
    assert encoder.layout.grids == ((12, 12), (6, 6), (3, 3))
    assert encoder.layout.mean == encoder.layout.std == (0.5, 0.5, 0.5)
    assert encoder.backbone_fingerprint()["weights"] == "efficientnet_lite0"
    observation = {
        "rgb": torch.randint(0, 256, (3, 1, 2, 3, 96, 96), dtype=torch.uint8),
        "depth": torch.rand(3, 1, 2, 1, 96, 96),
    }
    kept = encoder.frozen_features(observation["rgb"], format="int8")
    assert encoder(observation, kept).features.shape == (3, encoder.output_dim)
