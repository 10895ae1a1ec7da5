from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
import torch

from spawnnet_train.config.errors import ConfigError
from spawnnet_train.runs.loading import load_config


@pytest.fixture
def file(
    tmp_path: Path,
    simulation: Callable[..., dict[str, Any]],
    write_config: Callable[[Path, Mapping[str, Any]], Path],
) -> Path:
    backbone = {"model": "vit_tiny_patch16_224", "weights": "random", "layers": [5, 8, 11]}
    settings = {
        "algorithm": {"name": "dagger"},
        "simulation": simulation(image_size=(96, 64), episode_steps=20),
        "encoder": {"name": "spawnnet", "backbone": backbone},
        "policy": {"name": "mlp"},
    }
    return write_config(tmp_path / "run.yaml", settings)


def problems(file: Path, *overrides: str) -> tuple[str, ...]:
    with pytest.raises(ConfigError) as error:
        load_config(file, overrides)
    return error.value.problems


def test_a_good_configuration_passes(file: Path) -> None:
    config = load_config(file, ["simulation.cameras.image_size=[64, 96]"])
    assert config.simulation is not None
    assert config.simulation.cameras.image_size == (64, 96)


@pytest.mark.parametrize(
    ("override", "beginning"),
    [
        ("encoder.backbone.layers=[2,5,15]", "encoder.backbone.layers[2]: block 15 does not exist"),
        (
            "simulation.cameras.image_size=[96,97]",
            "simulation.cameras.image_size: 96x97 is not a multiple of the patch size 16",
        ),
        (
            "student.action_horizon=21",
            "student.action_horizon: must be at most `simulation.episode_steps`, got 21 and 20.",
        ),
        ("simulation=null", "simulation: is required by dagger"),
        ("encoder.backbone.model=vit_tny_patch16_224", "encoder.backbone.model: "),
        ("simulation.held_out.set=drawer-tset", "simulation.held_out.set: "),
        ("simulation.new={set: drawer-tset}", "simulation.new.set: "),
        ("simulation.cabinets.set=drawer-trian-v1", "simulation.cabinets.set: "),
        ("simulation.held_out.count=0", "simulation.held_out.count: "),
        ("simulation.task=open_drawr", "simulation.task: "),
        ("simulation.expert=open_door/model_7.pt", "simulation.expert.checkpoint: 'open_door/mod"),
        ("simulation.expert=open_drawer/model_7.pt", "simulation.scene: must be 'original' for"),
        ("simulation.expert=learned", "simulation.expert.checkpoint: must be a checkpoint"),
        ("simulation.cameras.views=[close_left, clos]", "simulation.cameras.views[1]: "),
        ("simulation.cameras.views=[]", "simulation.cameras.views: "),
        ("simulation.expert={name: lerned}", "simulation.expert.name: "),
        ("simulation.cabinets.folder=nowhere", "simulation.cabinets.folder: "),
        ("student.normalization={actions: min_max}", "student.normalization.actions: must be none"),
        ("train.early_stop={}", "train.early_stop: nothing is measured on the way"),
    ],
)
def test_what_cannot_be_built_is_one_sentence_before_anything_is(
    file: Path, override: str, beginning: str
) -> None:
    (problem,) = problems(file, override)
    assert problem.startswith(beginning)


def test_problems_of_several_sections_are_reported_at_once(file: Path) -> None:
    found = problems(file, "simulation.task=open_drawr", "encoder.backbone.layers=[99]")
    assert len(found) == 2


def test_early_stop_needs_something_that_is_measured(file: Path, cloned: Any) -> None:
    early = "train.early_stop={patience: 2}"
    assert load_config(file, [early, "evaluation.every=1"]).train.early_stop is not None
    assert load_config(cloned.file, [early]).train.early_stop is not None


def test_a_simulation_shows_the_views_that_were_demonstrated(
    cloned: Any, simulation: Callable[..., dict[str, Any]]
) -> None:
    (problem,) = problems(cloned.file, f"simulation={simulation()}")
    assert problem == (
        "simulation.cameras.views: must be the views of the demonstrations, in their order, "
        "['right', 'left'], got ['close_left', 'close_right']."
    )


def test_sizes_that_files_tell_are_checked_later(cloned: Any) -> None:
    size = "algorithm.demonstrations.keys.image_size"
    (problem,) = problems(cloned.file, f"{size}=[33, 48]")
    assert problem.startswith(f"{size}: 33x48 is not a multiple of the patch size 16")
    assert load_config(cloned.file, [f"{size}=null"])


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a CUDA device")
def test_a_device_that_is_not_there_is_named(file: Path) -> None:
    assert problems(file, "device=cuda") == (
        "device: 'cuda' is not available here, torch sees no CUDA device.",
    )
