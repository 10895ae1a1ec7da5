import re

import pytest

from spawnnet_sim import ConfigurationError, EnvironmentConfig, MujocoConfig, check_environment
from spawnnet_sim.mujoco import engine
from spawnnet_sim.physics.gpus import Gpu, choose_gpus, list_gpus, pci_address

GPUS = tuple(Gpu("Pretended", f"GPU-{name}", f"0000:{name}:00") for name in ("a1", "b2", "c3"))
FIRST, SECOND, THIRD = GPUS


@pytest.mark.parametrize("text", ["0000:3b:00.0", "00000000:3B:00", "0000:3B:00.1", "0:3b:0"])
def test_a_pci_address_is_the_same_however_it_is_written(text: str) -> None:
    assert pci_address(text) == "0000:3b:00"


def test_worker_i_takes_device_i_modulo_their_number() -> None:
    assert choose_gpus("auto", 5, GPUS) == [FIRST, SECOND, THIRD, FIRST, SECOND]
    assert choose_gpus((2, 0), 3, GPUS) == [THIRD, FIRST, THIRD]
    assert choose_gpus(("GPU-b2", 0), 2, GPUS) == [SECOND, FIRST]
    assert choose_gpus("auto", 2, GPUS) == [FIRST, SECOND]
    assert choose_gpus("auto", 2, ()) == []


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (
            MujocoConfig(workers=2, devices=(0, 1, 2)),
            "engine.devices: must be from 1 to as many as there are workers, 2, got 3: [0, 1, 2].",
        ),
        (MujocoConfig(devices=(0,)), "engine.devices: must be from 1 to as many as there are work"),
        (MujocoConfig(workers=2, devices=()), "engine.devices: must be from 1 to as many as"),
        (
            MujocoConfig(workers=2, devices=(1, 3)),
            "engine.devices[1]: CUDA shows 0 (GPU-a1), 1 (GPU-b2), 2 (GPU-c3), got 3.",
        ),
        (MujocoConfig(workers=2, devices=("GPU-d4",)), "engine.devices[0]: CUDA shows 0 (GPU-a1)"),
    ],
)
def test_devices_that_are_not_there_are_named(
    settings: MujocoConfig, message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "list_gpus", lambda: GPUS)
    with pytest.raises(ConfigurationError, match="^" + re.escape(message)):
        check_environment(EnvironmentConfig(engine=settings))


@pytest.mark.skipif(bool(list_gpus()), reason="there is a GPU")
def test_without_a_gpu_any_device_is_refused() -> None:
    settings = MujocoConfig(workers=2, devices=(0,))
    with pytest.raises(ConfigurationError, match="CUDA shows no device here, got 0"):
        check_environment(EnvironmentConfig(engine=settings))
