from pathlib import Path

import pytest
import torch

from spawnnet_train.config.errors import ConfigError
from spawnnet_train.runs.loading import load_config

CONFIG = """
experiment: x
simulation: {image_size: [96, 64], episode_steps: 20}
encoder:
  name: spawnnet
  backbone: {model: vit_tiny_patch16_224, weights: random, layers: [5, 8, 11]}
policy: {name: mlp}
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "run.yaml"
    path.write_text(CONFIG)
    return path


def test_a_good_configuration_passes(file: Path) -> None:
    assert load_config(file, ["simulation.image_size=[64, 96]"]).simulation.image_size == (64, 96)


@pytest.mark.parametrize(
    ("override", "problem"),
    [
        (
            "encoder.backbone.layers=[2,5,15]",
            "encoder.backbone.layers[2]: block 15 does not exist, `vit_tiny_patch16_224` has "
            "blocks 0 to 11.",
        ),
        (
            "simulation.image_size=[96,97]",
            "simulation.image_size: 96x97 is not a multiple of the patch size 16 of "
            "`vit_tiny_patch16_224`.",
        ),
        (
            "student.action_horizon=21",
            "student.action_horizon: must be at most `simulation.episode_steps`, got 21 and 20.",
        ),
    ],
)
def test_an_impossible_combination_is_one_sentence(file: Path, override: str, problem: str) -> None:
    with pytest.raises(ConfigError) as error:
        load_config(file, [override])
    assert error.value.problems == (problem,)


@pytest.mark.parametrize(
    ("override", "beginning"),
    [
        ("encoder.backbone.model=vit_tny_patch16_224", "encoder.backbone.model: "),
        ("simulation.held_out.cabinets=drawer-tset", "simulation.held_out.cabinets: "),
        ("simulation.cabinets=drawer-trian-v1", "simulation.cabinets: "),
        ("simulation.held_out.num_cabinets=0", "simulation.held_out.num_cabinets: "),
        ("simulation.task=open_drawr", "simulation.task: "),
        ("simulation.cameras=[close_left, clos]", "simulation.cameras[1]: "),
        ("simulation.cameras=[]", "simulation.cameras: "),
    ],
)
def test_an_unknown_name_or_empty_set_is_found_before_anything_is_built(
    file: Path, override: str, beginning: str
) -> None:
    with pytest.raises(ConfigError) as error:
        load_config(file, [override])
    (problem,) = error.value.problems
    assert problem.startswith(beginning)


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a CUDA device")
def test_a_device_that_is_not_there_is_named(file: Path) -> None:
    with pytest.raises(ConfigError) as error:
        load_config(file, ["device=cuda"])
    assert str(error.value) == "device: 'cuda' is not available here, torch sees no CUDA device."
