"""Weight files in every format, built by the tests themselves."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
import safetensors.torch
import timm
import torch
from torch import Tensor

from spawnnet_encoders import (
    NAMED_WEIGHTS,
    BackboneConfig,
    ConfigurationError,
    check_encoder,
    create_encoder,
)
from spawnnet_encoders.backbone.backbone import Backbone

State = dict[str, Tensor]


def random_state(model: str, **options: Any) -> State:
    state: State = timm.create_model(model, **options).state_dict()
    return state


def loaded(model: str, path: Path, size: tuple[int, int] = (160, 160)) -> State:
    backbone = Backbone(BackboneConfig(model, str(path), (0, 1, 2)), size)
    state: State = backbone.network.state_dict()
    return state


def prefixed(state: Mapping[str, Tensor], prefix: str) -> State:
    return {prefix + key: value for key, value in state.items()}


WRAP: dict[str, Callable[[State], Any]] = {
    "plain": lambda state: state,
    "MVP and MAE": lambda state: {
        "model": {**state, "decoder_embed.weight": torch.ones(1), "mask_token": torch.ones(1)},
        "epoch": 3,
    },
    "Lightning": lambda state: {"state_dict": state, "epoch": 3},
    "DataParallel": lambda state: prefixed(state, "module."),
    "DINO, full": lambda state: {
        "student": {},
        "teacher": {**prefixed(state, "backbone."), "head.mlp.0.weight": torch.ones(1)},
    },
    "iBOT": lambda state: {
        "state_dict": {**prefixed(state, "module."), "module.masked_embed": torch.ones(1, 64)}
    },
    "compiled": lambda state: prefixed(state, "_orig_mod."),
}


@pytest.mark.parametrize("form", WRAP)
def test_transformer_files_load(tmp_path: Path, form: str) -> None:
    state = random_state("test_vit", num_classes=7)
    torch.save(WRAP[form](state), tmp_path / "weights.pth")
    for key, value in loaded("test_vit", tmp_path / "weights.pth").items():
        assert torch.equal(value, state[key])


def test_safetensors_load(tmp_path: Path) -> None:
    state = random_state("test_resnet")
    safetensors.torch.save_file(state, tmp_path / "weights.safetensors")
    for key, value in loaded("test_resnet", tmp_path / "weights.safetensors").items():
        assert torch.equal(value, state[key])


def test_r3m_file_loads_without_its_language_network(tmp_path: Path) -> None:
    state = random_state("resnet18", num_classes=0)
    file = prefixed(state, "module.convnet.")
    file |= {"module.lang_enc.x": torch.ones(1), "module.lang_rew.pred.0.weight": torch.ones(1)}
    torch.save({"r3m": file, "global_step": 5}, tmp_path / "model.pt")
    found = loaded("r3m_resnet18", tmp_path / "model.pt", (64, 64))
    assert torch.equal(found["layer2.0.conv1.weight"], state["layer2.0.conv1.weight"])


def test_dinov2_registers_are_renamed(tmp_path: Path) -> None:
    state = random_state("vit_small_patch14_reg4_dinov2", num_classes=0)
    file = {key: value for key, value in state.items() if key not in ("reg_token", "pos_embed")}
    file["register_tokens"] = state["reg_token"]
    file["pos_embed"] = torch.cat((torch.ones(1, 1, 384), state["pos_embed"]), dim=1)
    file["mask_token"] = torch.zeros(1, 384)
    torch.save(file, tmp_path / "weights.pth")
    found = loaded("dinov2_vits14_reg", tmp_path / "weights.pth", (518, 518))
    assert torch.equal(found["reg_token"], state["reg_token"])
    torch.testing.assert_close(found["cls_token"], state["cls_token"] + 1)
    assert torch.equal(found["pos_embed"], state["pos_embed"])


@pytest.mark.parametrize(
    "model",
    [
        "convnext_atto",  # `head.fc`, and a `head.norm` that stays
        "deit_tiny_distilled_patch16_224",  # two heads
        "densenet121",  # `classifier`
        "efficientvit_b0",
        "ghostnet_100",
        "hiera_tiny_224",
        "inception_v4",  # `last_linear`
        "mobilenetv3_small_050",
        "regnety_002",
        "resnet18",  # `fc`
        "resnetv2_18",
        "swin_tiny_patch4_window7_224",
        "tf_efficientnet_lite0",
        "vgg11",  # `pre_logits` before `head.fc`
        "vit_tiny_patch16_224",
    ],
)
def test_timms_files_load_with_their_classifier(tmp_path: Path, model: str) -> None:
    state = random_state(model)
    torch.save(state, tmp_path / "weights.pth")
    found = loaded(model, tmp_path / "weights.pth", (224, 224))
    assert found
    for key, value in found.items():
        assert torch.equal(value, state[key])


def test_positions_are_resized_to_the_images(tmp_path: Path) -> None:
    torch.save(random_state("test_vit"), tmp_path / "weights.pth")
    assert loaded("test_vit", tmp_path / "weights.pth", (64, 96))["pos_embed"].shape[1] == 25


@pytest.mark.parametrize(
    ("model", "stranger", "message"),
    [
        ("test_vit", "resnet18", "missing cls_token, .* unknown conv1.weight.* like a ResNet-18"),
        ("resnet18", "resnet50", "unknown .*they look like a ResNet-50"),
        ("resnet50", "resnet34", "they look like a ResNet-34"),
        (
            "vit_small_patch16_224",
            "vit_tiny_patch16_224",
            r"cls_token is \(1, 1, 192\) instead of \(1, 1, 384\).* ViT-Ti/16 with 12 blocks",
        ),
        ("resnet18", "convnext_atto", "they look like a ConvNeXt with 40 channels"),
    ],
)
def test_a_file_that_does_not_fit_says_what_it_looks_like(
    tmp_path: Path, model: str, stranger: str, message: str
) -> None:
    torch.save(random_state(stranger, num_classes=0), tmp_path / "weights.pth")
    with pytest.raises(ConfigurationError, match=f"backbone.weights: .*{message}"):
        loaded(model, tmp_path / "weights.pth", (64, 64))


def test_a_file_of_other_parts_alone_gets_no_weights_from_a_hub(tmp_path: Path) -> None:
    state = prefixed(random_state("test_resnet"), "policy.nets.0.")
    torch.save({"model": state}, tmp_path / "x.pth")
    with pytest.raises(ConfigurationError, match=r"unknown policy\.nets\.0\.conv1"):
        loaded("test_vit", tmp_path / "x.pth")


def test_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"backbone.weights: there is no file .*none\.pth"):
        loaded("test_vit", tmp_path / "none.pth")


@pytest.fixture
def local_weights(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Put the homes of named weights into an empty folder."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "torch"))
    return tmp_path


def test_weights_in_the_originals_place_are_found(local_weights: Path) -> None:
    state = random_state("resnet18", num_classes=0)
    path = NAMED_WEIGHTS["r3m_resnet18"].path
    assert path == local_weights / ".r3m/r3m_18/model.pt"
    path.parent.mkdir(parents=True)
    torch.save({"r3m": prefixed(state, "module.convnet.")}, path)
    encoder = create_encoder(
        "r3m", num_views=1, image_size=(64, 64), backbone={"model": "r3m_resnet18"}
    )
    assert encoder.backbone is not None
    found = encoder.backbone.network.state_dict()["layer4.0.conv1.weight"]
    assert torch.equal(found, state["layer4.0.conv1.weight"])


def test_missing_named_weights_say_how_to_get_them(local_weights: Path) -> None:
    options: dict[str, Any] = {"num_views": 1, "image_size": (64, 64)}
    check_encoder("r3m", **options)  # needs no weights
    with pytest.raises(ConfigurationError, match=r"`r3m_resnet50`: download .*save it as .*\.r3m"):
        create_encoder("r3m", **options)
