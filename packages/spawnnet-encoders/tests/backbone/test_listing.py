import timm

from spawnnet_encoders import count_parameters, list_backbones


def test_names_can_be_filtered() -> None:
    found = list_backbones("vit_small*dino*")
    assert "vit_small_patch8_224.dino" in found
    assert all(name.startswith("vit_small") for name in found)


def test_weights_are_counted_without_the_classifier() -> None:
    network = timm.create_model("test_vit", num_classes=0)
    expected = sum(parameter.numel() for parameter in network.parameters())
    assert count_parameters("test_vit") == expected
