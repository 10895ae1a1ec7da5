from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file
from torch import nn, tensor

from spawnnet_sim import CabinetEnv, EnvironmentConfig, ExpertConfig, RobotConfig, create_expert
from spawnnet_sim.experts.learned_expert import LearnedExpert, Training
from spawnnet_sim.robots.panda import PANDA
from spawnnet_sim.tasks.privileged import privileged_dim, privileged_vector
from spawnnet_sim.tasks.state import State

DIM = privileged_dim(PANDA)
TRAINING = Training("open_drawer", "drawer-train-v1", 8, 20, 0.7, steps=1234)


def learned(checkpoint: Path) -> EnvironmentConfig:
    return EnvironmentConfig(expert=ExpertConfig("learned", checkpoint=str(checkpoint)))


@pytest.fixture
def expert() -> LearnedExpert:
    rng = np.random.default_rng(0)
    widths = (DIM, 5, 7, 11)
    layers = [
        (0.3 * rng.normal(size=(out, width)), 0.1 * rng.normal(size=out))
        for width, out in pairwise(widths)
    ]
    return LearnedExpert(
        mean=rng.normal(size=DIM).astype(np.float32),
        deviation=rng.uniform(0.5, 2.0, DIM).astype(np.float32),
        layers=tuple((w.astype(np.float32), b.astype(np.float32)) for w, b in layers),
        training=TRAINING,
        robot=PANDA,
    )


def test_it_computes_what_torch_computes(expert: LearnedExpert, blind: CabinetEnv) -> None:
    blind.reset(seed=2)
    state = blind.privileged_state()
    modules: list[nn.Module] = []
    for weight, bias in expert.layers:
        linear = nn.Linear(weight.shape[1], weight.shape[0])
        linear.load_state_dict({"weight": tensor(weight), "bias": tensor(bias)})
        modules += [linear, nn.Tanh()]
    x = (privileged_vector(PANDA, state) - expert.mean) / (expert.deviation + 1e-4)
    expected = nn.Sequential(*modules[:-1])(tensor(x.clip(-5, 5))).clip(-1, 1)
    np.testing.assert_allclose(expert.act(state), expected.detach(), atol=1e-5)


def test_a_loaded_expert_acts_identically(
    expert: LearnedExpert, blind: CabinetEnv, tmp_path: Path
) -> None:
    blind.reset(seed=3)
    state = blind.privileged_state()
    expert.save(tmp_path / "mine.safetensors")
    loaded = create_expert(learned(tmp_path / "mine.safetensors"))
    np.testing.assert_array_equal(loaded.act(state), expert.act(state))
    assert isinstance(loaded, LearnedExpert)
    assert loaded.training == TRAINING
    assert [file.name for file in tmp_path.iterdir()] == ["mine.safetensors"]


def test_values_far_outside_do_not_explode(
    expert: LearnedExpert, make_state: Callable[..., State]
) -> None:
    action = expert.act(make_state(joint_velocities=np.full((2, 11), 1e6)))
    assert np.isfinite(action).all()
    assert np.abs(action).max() <= 1.0


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"task": "open_door"}, "trained with `task` 'open_drawer', the configuration has"),
        ({"robot": RobotConfig(action_speed=20.0)}, r"trained with `action_speed` 0\.7"),
        ({"control_frequency": 60}, "trained with `control_frequency` 20"),
        ({"scene": "original"}, "trained with `scene` 'reach'"),
    ],
)
def test_another_use_is_refused(
    expert: LearnedExpert, tmp_path: Path, changes: dict[str, object], message: str
) -> None:
    expert.save(tmp_path / "expert.safetensors")
    config = replace(learned(tmp_path), **changes)
    with pytest.raises(ValueError, match=f"^expert.checkpoint: .*{message}"):
        create_expert(config)


def test_a_file_that_is_not_there_is_named() -> None:
    with pytest.raises(ValueError, match=r"^expert.checkpoint: must be .* 'nowhere' does not"):
        create_expert(learned(Path("nowhere")))


def test_a_damaged_file_is_one_sentence(expert: LearnedExpert, tmp_path: Path) -> None:
    path = tmp_path / "expert.safetensors"
    expert.save(path)
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(ValueError, match=r"^expert.checkpoint: .* is not a usable checkpoint: "):
        create_expert(learned(path))


def test_a_stranger_s_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "other.safetensors"
    save_file({"weight": np.zeros((2, 3), np.float32)}, path)
    with pytest.raises(ValueError, match="is not a usable checkpoint: 'spawnnet_sim_expert'"):
        create_expert(learned(path))


def test_wrong_shapes_are_named(expert: LearnedExpert, tmp_path: Path) -> None:
    path = tmp_path / "expert.safetensors"
    (weight, bias), *others = expert.layers
    replace(expert, layers=((weight[:, :-1], bias), *others)).save(path)
    assert load_file(path)["weight_0"].shape == (5, DIM - 1)
    with pytest.raises(ValueError, match=r"`weight_0` must have shape \(5, 66\), got \(5, 65\)"):
        create_expert(learned(path))
