import pytest
import timm
import torch

from spawnnet_encoders import NAMED_WEIGHTS


@pytest.mark.parametrize("name", NAMED_WEIGHTS)
def test_every_entry_can_be_got_somehow(name: str) -> None:
    named = NAMED_WEIGHTS[name]
    assert timm.is_model(named.model.partition(".")[0])
    assert named.licence
    assert named.source
    assert named.url or named.by_hand
    assert str(named.path) in named.instructions()


def test_hub_files_live_in_torchs_cache(monkeypatch: pytest.MonkeyPatch, tmp_path: object) -> None:
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    path = NAMED_WEIGHTS["dino_vits8"].path
    assert str(path).startswith(torch.hub.get_dir())
    assert path.name == "dino_deitsmall8_pretrain.pth"
