import timm
import torch

from spawnnet_encoders.backbone.resemblance import describe_architecture, find_by_shapes


def test_unknown_architectures_are_admitted() -> None:
    assert describe_architecture({"x": torch.ones(1)}) == "no network that is known here"
    state = {"layer1.0.conv1.weight": torch.ones(1)}
    assert describe_architecture(state) == "a ResNet with (1, 0, 0, 0) blocks"


def test_shapes_tell_a_network_whose_names_are_others() -> None:
    with torch.device("meta"):
        state = timm.create_model("resnet50").state_dict()
    assert find_by_shapes(state.values()) == "resnet50"
    renamed = {f"w{i}": value for i, value in enumerate(state.values())}
    assert "timm's `resnet50` by their shapes" in describe_architecture(renamed)


def test_queries_keys_and_values_may_be_separate() -> None:
    with torch.device("meta"):
        state = timm.create_model("vit_small_patch16_224").state_dict()
    separate = [part for key, t in state.items() for part in (t.chunk(3) if "qkv" in key else (t,))]
    assert find_by_shapes(separate) == "vit_small_patch16_224"
