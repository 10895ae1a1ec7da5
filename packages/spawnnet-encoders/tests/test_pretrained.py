from pathlib import Path
from typing import Any

import pytest
import timm
import torch
from local_hub import local_hub  # noqa: F401 - a fixture
from safetensors.torch import save_file

from spawnnet_encoders import (
    ConfigurationError,
    Encoder,
    create_encoder,
    from_pretrained,
    push_to_hub,
    save_encoder,
)

BACKBONES: dict[str, dict[str, Any]] = {
    "spawnnet": {"backbone": {"model": "test_vit", "weights": "random", "layers": [1, 3]}},
    "impala": {},
    "r3m": {"backbone": {"model": "test_resnet", "weights": "random"}},
}


def make(name: str = "spawnnet", **changes: Any) -> Encoder:
    torch.manual_seed(4)
    sizes = {"num_views": 2, "image_size": (32, 64), "num_frames": 1, "proprioception_dim": 3}
    return create_encoder(name, **{**sizes, **BACKBONES[name], **changes}).eval()


def features(encoder: Encoder) -> torch.Tensor:
    generator = torch.Generator().manual_seed(0)
    observation = {
        "rgb": torch.randint(0, 256, (2, 1, 2, 3, 32, 64), generator=generator, dtype=torch.uint8),
        "depth": torch.rand(2, 1, 2, 1, 32, 64, generator=generator),
        "proprioception": torch.randn(2, 1, 3, generator=generator),
    }
    with torch.no_grad():
        return encoder(observation).features


@pytest.mark.parametrize("name", BACKBONES)
def test_an_encoder_gives_what_the_one_that_was_saved_gives(name: str, tmp_path: Path) -> None:
    encoder = make(name)
    found = from_pretrained(save_encoder(encoder, tmp_path / "saved"))
    assert not found.training
    torch.testing.assert_close(features(found), features(encoder), rtol=0, atol=0)
    assert f"`{name}`" in (tmp_path / "saved" / "README.md").read_text()


def test_a_backbone_that_was_trained_comes_back(tmp_path: Path) -> None:
    trained = {"model": "test_vit", "weights": "random", "layers": [1, 3], "frozen": False}
    encoder = make(backbone=trained)
    with torch.no_grad():
        for parameter in encoder.parameters():
            parameter += 0.01
    folder = save_encoder(encoder, tmp_path / "saved")
    assert not (folder / "backbone.safetensors").exists()
    torch.testing.assert_close(features(from_pretrained(folder)), features(encoder), rtol=0, atol=0)


def test_a_frozen_network_is_included_where_it_is_random_or_wanted(tmp_path: Path) -> None:
    file = tmp_path / "weights.safetensors"
    save_file(timm.create_model("test_vit", num_classes=0).state_dict(), file)
    known = {"backbone": {"model": "test_vit", "weights": str(file), "layers": [1, 3]}}
    for include in (False, True):
        folder = save_encoder(make(**known), tmp_path / str(include), with_backbone=include)
        assert (folder / "backbone.safetensors").is_file() == include
    file.rename(tmp_path / "elsewhere")
    expected = features(from_pretrained(tmp_path / "True"))
    with pytest.raises(ConfigurationError, match=r"backbone\.weights"):
        from_pretrained(tmp_path / "False")
    (tmp_path / "elsewhere").rename(file)
    assert torch.equal(features(from_pretrained(tmp_path / "False")), expected)


def test_all_files_can_be_read_by_the_same_people(tmp_path: Path) -> None:
    save_encoder(make(), tmp_path / "encoder", with_backbone=True)
    modes = {file.stat().st_mode for file in (tmp_path / "encoder").iterdir()}
    assert len(modes) == 1


def test_another_frozen_network_is_refused(tmp_path: Path) -> None:
    folder = save_encoder(make(), tmp_path / "saved")
    (folder / "backbone.safetensors").unlink()  # drawn anew, it is another one
    with pytest.raises(ConfigurationError, match="was trained on backbone"):
        from_pretrained(folder)


def test_an_encoder_goes_to_the_hub_and_comes_back(local_hub: Any) -> None:  # noqa: F811
    encoder = make()
    assert push_to_hub(encoder, "someone/an-encoder") == f"{local_hub.url}/someone/an-encoder"
    assert set(local_hub.files["someone/an-encoder"]) == {
        "README.md",
        "backbone.safetensors",
        "encoder.json",
        "encoder.safetensors",
    }
    found = from_pretrained("someone/an-encoder")
    assert torch.equal(features(found), features(encoder))


def test_what_is_not_there_is_one_sentence(
    local_hub: Any,  # noqa: F811
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with pytest.raises(ConfigurationError, match="could not get someone/nothing on the Hub"):
        from_pretrained("someone/nothing")
    with pytest.raises(ConfigurationError, match=r"holds no encoder\.json"):
        from_pretrained(tmp_path)
    local_hub.shutdown()
    local_hub.server_close()
    with pytest.raises(ConfigurationError, match="could not push to someone/else on the Hub"):
        push_to_hub(make("impala"), "someone/else")


@pytest.mark.parametrize(
    ("file", "content"),
    [
        ("encoder.json", b"{"),
        ("encoder.json", b"[" * 100_000),
        ("encoder.json", b'{"name": "spawnnet"}'),
        ("encoder.json", b'{"name": "a", "shape": {"x": 1}, "options": {}, "backbone": {}}'),
        ("encoder.safetensors", b"hello"),
        ("backbone.safetensors", b""),
    ],
)
def test_a_damaged_file_is_one_sentence(tmp_path: Path, file: str, content: bytes) -> None:
    folder = save_encoder(make(), tmp_path / "saved")
    (folder / file).write_bytes(content)
    with pytest.raises(ConfigurationError, match=rf"saved/{file}: cannot be read, "):
        from_pretrained(folder)


def test_weights_that_are_no_numbers_are_refused(tmp_path: Path) -> None:
    encoder = make()
    with torch.no_grad():
        next(p for p in encoder.parameters() if p.requires_grad)[0] = torch.nan
    with pytest.raises(ConfigurationError, match=r"has values that are NaN or infinite"):
        from_pretrained(save_encoder(encoder, tmp_path / "saved"))
