import pickle
from pathlib import Path
from typing import Any

import pytest
import torch

from spawnnet_encoders import ConfigurationError
from spawnnet_encoders.backbone.checkpoint_file import describe_architecture, read_state_dict


class Harmful:
    """Unpickling this creates a file."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> Any:
        return (Path.touch, (self.path,))


def save_pickle(content: Any, path: Path) -> None:
    path.write_bytes(pickle.dumps(content, protocol=2))


@pytest.mark.parametrize("save", [torch.save, save_pickle])
def test_code_in_a_file_is_never_run(tmp_path: Path, save: Any) -> None:
    trace, path = tmp_path / "ran", tmp_path / "weights.pth"
    save({"model": Harmful(trace)}, path)
    with pytest.raises(ConfigurationError, match="is no file of plain tensors"):
        read_state_dict(path)
    assert not trace.exists()


@pytest.mark.parametrize("content", [{"epoch": 3}, {0: torch.ones(1)}, [torch.ones(1)]])
def test_a_file_without_weights_is_named(tmp_path: Path, content: Any) -> None:
    torch.save(content, tmp_path / "weights.pth")
    with pytest.raises(ConfigurationError, match="` holds"):
        read_state_dict(tmp_path / "weights.pth")


@pytest.mark.parametrize("name", ["weights.pth", "weights.safetensors"])
@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 not a zip file", b"hello" * 100])
def test_a_broken_file_is_named(tmp_path: Path, name: str, content: bytes) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(
        ConfigurationError, match=rf"{name}` is no file of plain tensors, or it is damaged"
    ):
        read_state_dict(tmp_path / name)


def test_unknown_architectures_are_admitted() -> None:
    assert describe_architecture({"x": torch.ones(1)}) == "no network that is known here"
    state = {"layer1.0.conv1.weight": torch.ones(1)}
    assert describe_architecture(state) == "a ResNet with (1, 0, 0, 0) blocks"
