import pickle
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch

from spawnnet_sim import ConfigurationError
from spawnnet_sim.experts.original.weights import (
    load_contact_network,
    load_policy,
    policy_shapes,
)


def without(name: str) -> Callable[[dict[str, Any]], None]:
    return lambda state: state.pop(name)


def narrow(state: dict[str, Any]) -> None:
    state["critic.fc.4.bias"] = torch.zeros(63)


def broken(state: dict[str, Any]) -> None:
    state["actor.fc.2.weight"] = torch.full((512, 512), torch.nan)


def foreign(state: dict[str, Any]) -> None:
    state["actor.fc.8.weight"] = torch.zeros(3)


def whole(state: dict[str, Any]) -> None:
    state["log_std"] = torch.zeros(11, dtype=torch.int64)


def test_there_are_57_tensors(files: SimpleNamespace) -> None:
    shapes = {name: tuple(tensor.shape) for name, tensor in files.policy().items()}
    assert policy_shapes() == shapes
    assert len(shapes) == 57
    assert sum(torch.Size(shape).numel() for shape in shapes.values()) > 941_079  # shared ones


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (without("critic1.6.bias"), "lacks 1 of 57 tensors, the first is 'critic1.6.bias'"),
        (without("log_std"), "'log_std'"),
        (narrow, r"must have shape \(64,\) at 'critic.fc.4.bias', got \(63,\)"),
        (broken, "not finite at 'actor.fc.2.weight'"),
        (foreign, "has 'actor.fc.8.weight', which the original's expert has not"),
        (whole, "floating-point numbers at 'log_std'"),
    ],
)
def test_what_is_wrong_with_a_policy_is_named(
    files: SimpleNamespace,
    tmp_path: Path,
    change: Callable[[dict[str, Any]], None],
    message: str,
) -> None:
    state = files.policy()
    change(state)
    torch.save(state, tmp_path / "model_7.pt")
    with pytest.raises(ConfigurationError, match=f"^expert.checkpoint: .*model_7.pt' .*{message}"):
        load_policy(tmp_path / "model_7.pt")


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("pointnet2.SA_modules.2.mlps.0.6.weight", "the first is 'pointnet2.SA_modules.2.mlps.0.6"),
        ("pointnet2.FP_modules.3.mlp.1.running_var", "the first is 'pointnet2.FP_modules.3.mlp.1"),
        ("pointnet2.fc_layer.0.weight", "the first is 'pointnet2.fc_layer.0.weight'"),
        ("action_score.mlp2.bias", "the first is 'action_score.mlp2.bias'"),
    ],
)
def test_what_a_contact_network_lacks_is_named_as_in_its_file(
    files: SimpleNamespace, tmp_path: Path, name: str, message: str
) -> None:
    state = files.contact()
    del state[name]
    torch.save({"network": state}, tmp_path / "CP_7.pt")
    with pytest.raises(ConfigurationError, match=f"^expert.checkpoint: .*CP_7.pt' .*{message}"):
        load_contact_network(tmp_path / "model_7.pt")


def test_a_contact_network_needs_no_counters_and_its_own_section(
    files: SimpleNamespace, tmp_path: Path
) -> None:
    state = OrderedDict(
        (name, tensor) for name, tensor in files.contact().items() if "num_batches" not in name
    )
    torch.save({"network": state}, tmp_path / "CP_7.pt")
    network = load_contact_network(tmp_path / "model_7.pt")
    assert not network.training
    assert not any(parameter.requires_grad for parameter in network.parameters())
    torch.save(state, tmp_path / "CP_7.pt")
    with pytest.raises(ConfigurationError, match="has no `network`"):
        load_contact_network(tmp_path / "model_7.pt")


class Malicious:
    def __reduce__(self) -> tuple[Any, ...]:
        return (print, ("run",))


@pytest.mark.parametrize("content", [b"", b"text", pickle.dumps(Malicious())])
def test_what_is_no_weight_file_is_refused_and_not_run(
    tmp_path: Path, content: bytes, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "model_7.pt").write_bytes(content)
    with pytest.raises(ConfigurationError, match=r"^expert.checkpoint: .* is no weight file"):
        load_policy(tmp_path / "model_7.pt")
    assert "run" not in capsys.readouterr().out.split()


def test_a_truncated_file_is_one_sentence(files: SimpleNamespace, tmp_path: Path) -> None:
    path = files.write(tmp_path, 7)
    path.write_bytes(path.read_bytes()[:-1000])
    with pytest.raises(ConfigurationError, match=r"^expert.checkpoint: .* is no weight file") as e:
        load_policy(path)
    assert "\n" not in str(e.value)
