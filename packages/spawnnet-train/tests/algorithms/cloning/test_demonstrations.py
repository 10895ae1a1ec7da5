from pathlib import Path

import h5py
import numpy as np
import pytest

from spawnnet_data import (
    Demonstrations,
    DemonstrationSetConfig,
    KeyMapping,
    ViewConfig,
    open_demonstrations,
)
from spawnnet_train.algorithms.cloning.demonstrations import (
    DemonstrationsConfig,
    spec_of_demonstrations,
)
from spawnnet_train.config.errors import SettingError

A, S, H, W = 4, 3, 32, 48


@pytest.fixture
def config(tmp_path: Path) -> DemonstrationsConfig:
    """Three episodes of 5, 6 and 7 steps; one of two cameras has depth, action 2 never varies."""
    for index in range(3):
        length, generator = 5 + index, np.random.default_rng(index)
        with h5py.File(tmp_path / f"{index}.h5", "w") as file:
            for view in range(2):
                shape = (length, 3, H, W)
                file[f"traj_0/obs/rgb/{view}"] = generator.integers(0, 256, shape, np.uint8)
            file["traj_0/obs/depth/1"] = np.ones((length, 1, H, W), np.float32)
            file["traj_0/obs/state"] = generator.normal(size=(length, S))
            actions = generator.normal(size=(length, A))
            actions[:, 2] = 0.5
            file["traj_0/actions"] = actions
    keys = KeyMapping(
        views={
            "right": ViewConfig(rgb="obs/rgb/1", depth="obs/depth/1"),
            "left": ViewConfig(rgb="obs/rgb/0"),
        },
        proprioception=("obs/state",),
        actions=("actions",),
    )
    return DemonstrationsConfig(train=DemonstrationSetConfig(path=tmp_path), keys=keys)


@pytest.fixture
def shown(config: DemonstrationsConfig) -> Demonstrations:
    return open_demonstrations(config).train


def test_sizes_names_and_statistics_are_those_of_the_files(
    config: DemonstrationsConfig, shown: Demonstrations
) -> None:
    spec = spec_of_demonstrations(config, shown)
    assert (spec.views, spec.depth_views) == (("right", "left"), ("right",))
    assert (spec.image_size, spec.action_dim, spec.proprioception_dim) == ((H, W), A, S)
    assert spec.action_names == ("action 0", "action 1", "action 2", "action 3")
    actions = np.concatenate([shown.actions(episode) for episode in range(3)])
    assert spec.actions is not None
    assert spec.proprioception is not None
    assert spec.actions.count == len(actions) == 5 + 6 + 7
    np.testing.assert_allclose(spec.actions.mean, actions.mean(0), rtol=1e-5)
    assert len(spec.proprioception.mean) == S


def test_predictions_keep_to_what_was_demonstrated_unless_told_otherwise(
    config: DemonstrationsConfig, shown: Demonstrations
) -> None:
    low, high = map(np.asarray, spec_of_demonstrations(config, shown).action_bounds)
    actions = np.concatenate([shown.actions(episode) for episode in range(3)])
    varies = np.array([True, True, False, True])
    np.testing.assert_allclose(low[varies], actions.min(0)[varies], rtol=1e-6)
    np.testing.assert_allclose(high[varies], actions.max(0)[varies], rtol=1e-6)
    assert (low[2], high[2]) == (-0.5, 1.5)  # one that never varies gets a width
    bounds = ((-2.0,) * A, (3.0,) * A)
    chosen = DemonstrationsConfig(train=config.train, keys=config.keys, action_bounds=bounds)
    assert spec_of_demonstrations(chosen, shown).action_bounds == bounds


@pytest.mark.parametrize(
    ("settings", "problem"),
    [
        ({"action_names": ("x",)}, "action_names: expected 4 values, got 1."),
        (
            {"action_bounds": ((0.0,) * A, (1.0,) * 5)},
            "action_bounds[1]: expected 4 values, got 5.",
        ),
        (
            {"action_bounds": ((0.0,) * A, (1.0, 0.0, 1.0, 1.0))},
            "action_bounds[1][1]: must be above `action_bounds[0][1]`, got 0.0 and 0.0.",
        ),
    ],
)
def test_names_and_bounds_fit_the_actions(
    config: DemonstrationsConfig,
    shown: Demonstrations,
    settings: dict[str, tuple[object, ...]],
    problem: str,
) -> None:
    chosen = DemonstrationsConfig(train=config.train, keys=config.keys, **settings)
    with pytest.raises(SettingError) as error:
        spec_of_demonstrations(chosen, shown)
    assert str(error.value) == problem
