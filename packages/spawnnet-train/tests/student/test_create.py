from collections.abc import Callable
from contextlib import closing
from typing import Any

import pytest
import torch

from spawnnet_policies import list_policies
from spawnnet_train.algorithms.dagger.dagger import Dagger, DaggerConfig
from spawnnet_train.config.errors import ConfigError
from spawnnet_train.runs.assembly import (
    building,
    create_cells,
    create_student,
    load_expert,
    prepare_torch,
)
from spawnnet_train.runs.run_config import RunConfig
from spawnnet_train.runs.validation import validate
from spawnnet_train.student.student import StudentActor

CPU = torch.device("cpu")
LAYERS = {"spawnnet": [1, 3, 5], "frozen_vit": [5]}


def configure(encoder: str = "impala", policy: str = "mlp", **student: Any) -> RunConfig:
    section: dict[str, Any] = {"name": encoder}
    if encoder in LAYERS:
        backbone = {"model": "test_vit", "weights": "random", "layers": LAYERS[encoder]}
        section["backbone"] = backbone
    return validate(
        {
            "experiment": "x",
            "seed": 7,
            "encoder": section,
            "policy": {"name": policy},
            "student": student,
        }
    )


@pytest.mark.parametrize(
    ("encoder", "policy"),
    [("spawnnet", "mlp"), ("frozen_vit", "mlp")] + [("impala", name) for name in list_policies()],
)
def test_every_policy_trains_and_acts(
    encoder: str, policy: str, make_cells: Callable[..., Any], expert: Any
) -> None:
    config = configure(encoder, policy, num_frames=2, action_horizon=4, execution_horizon=2)
    if policy == "diffusion":
        pytest.importorskip("diffusers", reason="the extra `diffusion` is not installed")
    cells = make_cells(num_cells=2, episode_steps=5)
    student = create_student(config, cells, CPU)
    dagger = Dagger(
        DaggerConfig(updates_per_round=2, batch_size=3),
        student=student,
        actor=StudentActor(student, config.student, 2, frozen_dtype=torch.float16),
        environment=cells,
        expert=expert,
        seed=1,
    )
    for round_index in range(2):
        dagger.collect(round_index, lambda: None)
        assert all(torch.isfinite(update.loss) for update in dagger.learn(lambda: None))


def test_randomization_reaches_the_cells() -> None:
    simulation = {"num_cabinets": 1, "image_size": [24, 32], "episode_steps": 2}
    images = []
    for colours in (0, 0, 1):
        settings = {"experiment": "x", "encoder": {"name": "impala"}, "policy": {"name": "mlp"}}
        settings["simulation"] = {**simulation, "randomization": {"colours": colours}}
        with closing(create_cells(validate(settings).simulation)) as cells:
            images.append(cells.reset(seed=3)[0]["rgb"])
    assert (images[0] == images[1]).all()
    assert (images[0] != images[2]).mean() > 0.1


def test_the_seed_decides_the_weights(make_cells: Callable[..., Any]) -> None:
    cells = make_cells(2)
    first, second = (create_student(configure("spawnnet"), cells, CPU) for _ in range(2))
    fingerprint = first.encoder.backbone_fingerprint()
    assert fingerprint == second.encoder.backbone_fingerprint()
    state = second.trainable_state()
    assert all(torch.equal(t, state[name]) for name, t in first.trainable_state().items())


def test_proprioception_switched_off_has_no_influence(make_cells: Callable[..., Any]) -> None:
    cells = make_cells(2)
    student = create_student(configure(proprioception=False), cells, CPU)
    assert student.encoder.proprioception_dim == 0


def test_missing_weights_are_one_sentence(make_cells: Callable[..., Any]) -> None:
    config = validate(
        {
            "experiment": "x",
            "encoder": {"name": "spawnnet", "backbone": {"weights": "missing.pt"}},
            "policy": {"name": "mlp"},
        }
    )
    with pytest.raises(ConfigError) as error:
        create_student(config, make_cells(2), CPU)
    assert error.value.problems == ("encoder.backbone.weights: there is no file `missing.pt`.",)


def test_what_is_not_installed_is_an_error_of_the_section() -> None:
    def fail() -> None:
        with building("policy"):
            raise ImportError("It needs `x`: pip install 'y[x]'.")

    with pytest.raises(ConfigError) as error:
        fail()
    assert str(error.value) == "policy: It needs `x`: pip install 'y[x]'."


def test_threads_and_device_are_those_configured() -> None:
    threads = torch.get_num_threads()
    try:
        config = validate(
            {
                "experiment": "x",
                "threads": 1,
                "device": "cpu",
                "encoder": {"name": "impala"},
                "policy": {"name": "mlp"},
            }
        )
        assert prepare_torch(config) == CPU
        assert torch.get_num_threads() == 1
    finally:
        torch.set_num_threads(threads)


def test_an_expert_that_is_not_there_is_an_error_of_the_configuration() -> None:
    config = validate(
        {
            "experiment": "x",
            "simulation": {"expert": "nowhere"},
            "encoder": {"name": "impala"},
            "policy": {"name": "mlp"},
        }
    )
    with pytest.raises(ConfigError, match=r"^simulation\.expert: .* 'nowhere' does not"):
        load_expert(config.simulation)
