import pytest
import timm
import torch

from spawnnet_encoders import NAMED_WEIGHTS, ConfigurationError, check_encoder
from spawnnet_encoders.backbone.weights import find_named


@pytest.mark.parametrize("name", NAMED_WEIGHTS)
def test_every_entry_can_be_got_somehow(name: str) -> None:
    named = NAMED_WEIGHTS[name]
    assert timm.is_model(named.model.partition(".")[0])
    assert named.licence
    assert named.source
    assert named.url or named.by_hand or named.package
    assert (named.package and "[lite]" in named.instructions()) or (
        str(named.path) in named.instructions()
    )
    assert named.package or named.checksum.partition(":")[2] in named.instructions()


def test_hub_files_live_in_torchs_cache(monkeypatch: pytest.MonkeyPatch, tmp_path: object) -> None:
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    path = NAMED_WEIGHTS["dino_vits8"].path
    assert str(path).startswith(torch.hub.get_dir())
    assert path.name == "dino_deitsmall8_pretrain.pth"


def test_weights_name_their_model() -> None:
    named = NAMED_WEIGHTS["mvp_vits_hoi"]
    assert find_named("mvp_vits_hoi", "random") is named
    assert find_named("mvp_vits_hoi", "mvp_vits_hoi") is named
    assert find_named("vit_small_patch16_224", "mvp_vits_hoi") is named
    assert find_named("vit_small_patch16_224", "pretrained") is None
    assert find_named("efficientnet_lite0", "pretrained") is None  # a model of timm


def test_weights_of_another_model_are_refused() -> None:
    sentence = "`dino_vits8` are weights of `vit_small_patch8_224.dino`, not of .* `resnet18`"
    with pytest.raises(ConfigurationError, match=sentence) as caught:
        check_encoder(
            "spawnnet",
            num_views=1,
            image_size=(64, 96),
            backbone={"model": "resnet18", "weights": "dino_vits8"},
        )
    assert caught.value.field == "backbone.weights"
